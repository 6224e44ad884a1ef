"""What the command line tells about a model: the same facts as JSON and as lines. No effects."""

from typing import Any, cast

from abacus_lsp.models.rows import GB, MB, ModelRow, source_name
from abacus_lsp.models.store import LocalModel, installed_size


def size_text(count: int, *, approximate: bool = False) -> str:
    """Bytes as people read them, in powers of ten; `~` marks an approximate figure."""
    number = f"{count / GB:.1f} GB" if count >= GB else f"{count / MB:.0f} MB"
    return f"~{number}" if approximate else number


def row_facts(row: ModelRow, model: LocalModel | None) -> dict[str, Any]:
    """A catalogue row, and where it is installed."""
    return {
        "name": row.name,
        "title": row.title,
        "installed": model is not None,
        "path": str(model.path) if model is not None else None,
        "kind": row.kind,
        "size_bytes": row.size,
        "size_approximate": row.approximate,
        "memory_bytes_rough": row.memory,
        "context_tokens": row.context,
        "parameters": row.parameters,
        "fill_in_the_middle": row.fim,
        "trial": row.trial,
        "needs_remote_code": row.needs_remote_code,
        "licence": row.licence.name,
        "licence_note": row.licence.note,
        "licence_note_zh": row.licence.note_zh,
        "sources": [source_name(source) for source in row.sources],
    }


def model_facts(model: LocalModel) -> dict[str, Any]:
    """An installed model, or one named by its path."""
    facts: dict[str, Any] = {"name": model.name, "installed": True}
    if model.row is not None:
        facts = row_facts(model.row, model)
    facts |= {"path": str(model.path), "kind": model.kind, "size_bytes": installed_size(model)}
    facts["size_approximate"] = False
    manifest = model.manifest
    if manifest is not None:
        facts |= {"from": manifest.source, "revision": manifest.revision, "time": manifest.time}
        facts["licence"] = manifest.licence
        facts["files"] = [{"path": f.path, "size": f.size, "sha256": f.sha256} for f in manifest.files]
    return facts


def file_facts(model: LocalModel) -> dict[str, Any]:
    """What the model's own head says. Raises ModelFileError when the file is not whole."""
    from abacus_lsp.models.gguf import read_header
    from abacus_lsp.models.memory import estimate, shape_of_folder, shape_of_gguf

    window = 4096
    name = model.row.name if model.row is not None else ""
    facts: dict[str, Any] = {}
    if model.kind == "gguf":
        info = read_header(model.path, name)
        shape = shape_of_gguf(info)
        facts |= {
            "architecture": info.architecture,
            "quantisation": info.quantisation,
            "trained_context": info.context_length,
            "vocabulary": len(info.tokens),
            "tokenizer": info.tokenizer,
            "sliding_window": info.sliding_window,
        }
    else:
        shape = shape_of_folder(model.path)
    return facts | {f"memory_bytes_{window}_tokens": estimate(shape, window).total}


def fact_line(key: str, value: Any) -> str:
    """One fact as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and "bytes" in key:
        return f"{size_text(value)} ({value} bytes)"
    if isinstance(value, list):
        return ", ".join(fact_line(key, item) for item in cast("list[Any]", value))
    if isinstance(value, dict):
        file = cast("dict[str, Any]", value)
        return f"{file['path']} (sha256 {str(file['sha256'])[:16]}…)"
    return str(value)
