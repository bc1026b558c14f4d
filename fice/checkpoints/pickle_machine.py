"""An interpreter of pickles that can only make plain data.

Python's own unpickler imports and calls what a file names. This one does neither: a name stays a
name (`Global`), and the few names that may be "called" are looked up in a table of our own
functions that the caller passes in. Everything else is refused with its name.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, cast

from ..base.errors import CheckpointError
from .budget import Budget
from .file_bytes import FileText, left_in_file, text_left_in_file
from .pickle_values import Buildable, Global, PickledObject, expect

# Bounds of integers. Python adds and multiplies numbers of any length, which takes any time; its
# dicts take any time, too, if many keys are multiples of its hash modulus, 2^61 - 1.
MAX_INT_BITS = 128  # the longest known is torch's magic number, 77
MAX_INT_KEY = 1 << 60
MAX_MEMO_INDEX = 1 << 32

# Python's errors on a stream that makes no sense; `pickletools` raises most of them.
DAMAGE = (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError, EOFError)

Reducer = Callable[[tuple[object, ...], Budget], object]
"""Makes a value from the arguments that a pickle would call a function or class with."""

Resolver = Callable[[Global], None]
"""Raises CheckpointError if a name must not occur."""


class PickleMachine:
    """Runs one pickle.

    Args:
        stream: where the pickle starts; afterwards it stands behind the pickle.
        reducers: what to do instead of calling a function or class.
        check: refuses names that must not occur.
        budget: limit of decoded data.
        load_persistent: makes a value of a persistent id, None = there must be none.
    """

    def __init__(
        self,
        stream: IO[bytes],
        reducers: Mapping[Global, Reducer],
        check: Resolver,
        budget: Budget,
        load_persistent: Callable[[object], object] | None = None,
    ) -> None:
        self.stream = stream
        self.reducers = reducers
        self.check = check
        self.budget = budget
        self.load_persistent = load_persistent
        self.stack: list[object] = []
        self.marked: list[list[object]] = []
        self.memo: dict[int, object] = {}
        self.built: dict[int, tuple[object, object]] = {}

    def load(self) -> object:
        """The value of the pickle.

        Raises:
            CheckpointError: if the pickle names something that is not allowed, or is damaged.
        """
        try:
            for opcode, argument, _ in pickletools.genops(self.stream):
                self.budget.step()
                if opcode.name == "STOP":
                    break
                _OPERATIONS[opcode.name](self, argument)
            return self.stack.pop()
        except DAMAGE as error:
            raise CheckpointError(
                f"The file is damaged or incomplete ({type(error).__name__} in its pickle); "
                "download it again."
            ) from None

    def push(self, value: object) -> None:
        """Puts a value on the stack. There is one stack per mark."""
        self.stack.append(value)

    def pop_mark(self) -> list[object]:
        """The values above the last mark."""
        items, self.stack = self.stack, self.marked.pop()
        return items

    def pop_tuple(self, count: int) -> tuple[object, ...]:
        """The last `count` values."""
        items = tuple(self.stack.pop() for _ in range(count))
        return items[::-1]

    def mark(self) -> None:
        """Starts a group of values."""
        self.marked.append(self.stack)
        self.stack = []

    def remember(self, index: int) -> None:
        """Puts the last value into the memo."""
        if index >= MAX_MEMO_INDEX:
            raise CheckpointError("The file is damaged: it counts higher than it is long.")
        self.memo[index] = self.stack[-1]

    def recall(self, index: int) -> None:
        """Pushes a value from the memo; one that was completed since in its complete form."""
        value = self.memo[index]
        _, complete = self.built.get(id(value), (value, value))
        self.push(complete)

    def push_global(self, module: str, name: str) -> None:
        """Pushes a name, if it is allowed."""
        found = Global(module, name)
        if found not in self.reducers:
            self.check(found)
        self.push(found)

    def reduce(self) -> None:
        """Instead of calling the function below the arguments."""
        arguments = expect(self.stack.pop(), tuple)
        function = expect(self.stack.pop(), Global)
        self.push(self.reducers[function](arguments, self.budget))

    def new_object(self) -> None:
        """Instead of creating an instance of the class below the arguments."""
        arguments = expect(self.stack.pop(), tuple)
        kind = expect(self.stack.pop(), Global)
        reducer = self.reducers.get(kind)
        made = PickledObject(kind) if reducer is None else reducer(arguments, self.budget)
        self.push(made)

    def build(self) -> None:
        """Completes an object with its state."""
        state, value = self.stack.pop(), self.stack.pop()
        if isinstance(value, dict):  # attributes of a dict subclass, e.g. `_metadata`
            self.push(cast("object", value))
            return
        if not isinstance(value, Buildable):
            raise CheckpointError(f"The file is damaged: a {type(value).__name__} has no state.")
        complete = value.build(state, self.budget)
        self.built[id(value)] = (value, complete)  # holding `value` keeps its id taken
        self.push(complete)

    def persistent(self) -> None:
        """Replaces a persistent id by what it stands for."""
        if self.load_persistent is None:
            raise CheckpointError("The file refers to data outside of it.")
        self.push(self.load_persistent(self.stack.pop()))

    def extend(self, items: Sequence[object]) -> None:
        """Appends to the list at the top."""
        expect(self.stack[-1], list).extend(items)

    def update(self, items: Sequence[object]) -> None:
        """Sets keys and values of the dict at the top."""
        target = self.stack[-1]
        target = target.state if isinstance(target, PickledObject) else expect(target, dict)
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_as_key(key)] = value


def _as_key(key: object) -> object:
    """A dict key; only plain ones, since hashing a nested tuple can take forever."""
    is_plain = key is None or isinstance(key, (str, float, bytes))
    if is_plain or (isinstance(key, int) and abs(key) < MAX_INT_KEY):
        return key
    if isinstance(key, FileText):
        raise CheckpointError(f"The file has an impossible name ({key.count} bytes long).")
    raise CheckpointError(f"The file has a {type(key).__name__} as a key, which no weights need.")


def _as_dict(machine: PickleMachine) -> None:
    items = machine.pop_mark()
    machine.push({})
    machine.update(items)


def _push(machine: PickleMachine, argument: object) -> None:
    if isinstance(argument, int) and argument.bit_length() > MAX_INT_BITS:
        raise CheckpointError("The file holds a number that is longer than any weight file needs.")
    machine.push(left_in_file(argument, machine.stream))


def _push_text(machine: PickleMachine, argument: str) -> None:
    machine.push(text_left_in_file(argument, machine.stream))


def _ignore(_machine: PickleMachine, _argument: object) -> None:
    """Frames and the protocol number only help to read."""


def _refuse(_machine: PickleMachine, _argument: object) -> None:
    raise CheckpointError("The file uses a kind of pickle step that no weight file needs.")


def _global(machine: PickleMachine, argument: str) -> None:
    module, _, name = argument.partition(" ")
    machine.push_global(module, name)


def _stack_global(machine: PickleMachine, _argument: None) -> None:
    module, name = machine.pop_tuple(2)
    machine.push_global(expect(module, str), expect(name, str))


def _duplicate(machine: PickleMachine, _argument: None) -> None:
    machine.push(machine.stack[-1])


_Operation = Callable[[PickleMachine, Any], object]

_LITERALS = (
    "INT LONG LONG1 LONG4 BININT BININT1 BININT2 FLOAT BINFLOAT "
    "STRING BINSTRING SHORT_BINSTRING UNICODE SHORT_BINUNICODE "
    "BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8"
)
_REFUSED = "INST OBJ EXT1 EXT2 EXT4 PERSID NEXT_BUFFER READONLY_BUFFER NEWOBJ_EX"

# A set is kept as a list: no set of a weight file is ever asked for membership.
_OPERATIONS: dict[str, _Operation] = {
    **dict.fromkeys(_LITERALS.split(), _push),
    **dict.fromkeys(_REFUSED.split(), _refuse),
    "BINUNICODE": _push_text,
    "BINUNICODE8": _push_text,
    "PROTO": _ignore,
    "FRAME": _ignore,
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "MARK": lambda machine, _: machine.mark(),
    "POP": lambda machine, _: machine.stack.pop() if machine.stack else machine.pop_mark(),
    "POP_MARK": lambda machine, _: machine.pop_mark(),
    "DUP": _duplicate,
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_SET": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "LIST": lambda machine, _: machine.push(machine.pop_mark()),
    "FROZENSET": lambda machine, _: machine.push(machine.pop_mark()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.pop_mark())),
    "TUPLE1": lambda machine, _: machine.push(machine.pop_tuple(1)),
    "TUPLE2": lambda machine, _: machine.push(machine.pop_tuple(2)),
    "TUPLE3": lambda machine, _: machine.push(machine.pop_tuple(3)),
    "DICT": lambda machine, _: _as_dict(machine),
    "APPEND": lambda machine, _: machine.extend(machine.pop_tuple(1)),
    "APPENDS": lambda machine, _: machine.extend(machine.pop_mark()),
    "ADDITEMS": lambda machine, _: machine.extend(machine.pop_mark()),
    "SETITEM": lambda machine, _: machine.update(machine.pop_tuple(2)),
    "SETITEMS": lambda machine, _: machine.update(machine.pop_mark()),
    "PUT": PickleMachine.remember,
    "BINPUT": PickleMachine.remember,
    "LONG_BINPUT": PickleMachine.remember,
    "MEMOIZE": lambda machine, _: machine.remember(len(machine.memo)),
    "GET": PickleMachine.recall,
    "BINGET": PickleMachine.recall,
    "LONG_BINGET": PickleMachine.recall,
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": lambda machine, _: machine.reduce(),
    "NEWOBJ": lambda machine, _: machine.new_object(),
    "BUILD": lambda machine, _: machine.build(),
    "BINPERSID": lambda machine, _: machine.persistent(),
}
