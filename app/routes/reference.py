"""The OpenAPI document as a page can print it, so that the reference needs no script."""

from dataclasses import dataclass
from typing import Any

BASE = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    default: str
    about: str


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    about: str
    parameters: list[Field]
    body: list[Field]
    failures: dict[str, list[str]]
    """Types of problems by status."""
    example: str

    @property
    def anchor(self) -> str:
        return f"{self.method}{self.path}".replace("/", "-").replace("{", "").replace("}", "")


def example(command: str) -> dict[str, Any]:
    """What a route adds to its OpenAPI: a command that works as printed, after those before it."""
    return {"x-codeSamples": [{"lang": "shell", "source": command}]}


def calls(document: dict[str, Any]) -> list[Call]:
    return [
        _call(document, method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _call(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Call:
    samples = operation.get("x-codeSamples", [])
    return Call(
        method=method.upper(),
        path=path,
        about=operation["description"],
        parameters=[
            _field(one["name"], one["schema"], one["required"])
            for one in operation.get("parameters", [])
        ],
        body=_body(document, operation),
        failures={
            status: one["x-problems"]
            for status, one in operation["responses"].items()
            if "x-problems" in one
        },
        example=samples[0]["source"] if samples else "",
    )


def _body(document: dict[str, Any], operation: dict[str, Any]) -> list[Field]:
    if "requestBody" not in operation:
        return []
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    required = schema.get("required", [])
    return [_field(name, one, name in required) for name, one in schema["properties"].items()]


def _field(name: str, schema: dict[str, Any], required: bool) -> Field:
    default = "required" if required else str(schema.get("default", "none")).lower()
    return Field(name, _type(schema), default, schema.get("description", ""))


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"] if one.get("type") != "null")
    if schema["type"] == "array":
        return f"list of {_type(schema['items'])}"
    named: str = (
        schema.get("examples", [schema["type"]])[0] if "pattern" in schema else schema["type"]
    )
    return named
