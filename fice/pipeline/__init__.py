"""An edit from photo and words to the edited photo: the stages, put together."""
