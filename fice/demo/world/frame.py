"""The camera: how world units map to the picture, and the body's fixed proportions.

World coordinates have x to the right and y downwards; the picture shows the square of side
`1 / ZOOM` whose upper left corner is `ORIGIN`, i.e. a person from head to mid-thigh.
"""

from __future__ import annotations

ZOOM = 1.14
ORIGIN = (0.5 - 0.5 / ZOOM, 0.022)
BOTTOM = ORIGIN[1] + 1.0 / ZOOM

HEAD_Y = 0.193
HEAD_HALF_HEIGHT = 0.118
NECK_Y = 0.342
SHOULDER_Y = 0.395
WAIST_Y = 0.66
THIGH_Y = 0.775
HIP_Y = 0.80

SHOULDER_JOINT_Y = SHOULDER_Y + 0.030
SHOULDER_JOINT_INSET = 0.026
UPPER_ARM = 0.215
LOWER_ARM = 0.185
HAND_OFFSET = 0.038
SHOULDER_RADIUS = 0.041
ELBOW_RADIUS = 0.033
WRIST_RADIUS = 0.024
