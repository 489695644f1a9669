"""What a tip remembers from epoch to epoch, so that a run can be taken up where it was left."""

from typing import Any, ClassVar


class Stateful:
    """Something that changes in the course of a run, and whose changes can be written down and restored.

    Attributes:
        remembered: the names of the attributes that change: numbers, None, or Stateful themselves.
    """

    remembered: ClassVar[tuple[str, ...]]

    def state_dict(self) -> dict[str, Any]:
        """Everything that has changed since it was made, as plain values."""
        found = {name: getattr(self, name) for name in self.remembered}
        return {name: value.state_dict() if isinstance(value, Stateful) else value for name, value in found.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes back to what `state_dict` gave, in an object made alike."""
        for name in self.remembered:
            part = getattr(self, name)
            if isinstance(part, Stateful):
                part.load_state_dict(state[name])
            else:
                setattr(self, name, state[name])
