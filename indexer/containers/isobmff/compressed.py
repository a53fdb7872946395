"""A compressed movie (QuickTime File Format: cmov, in it dcom with the method and cmvd with length and data)."""

import zlib

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.isobmff.boxes import MAX_IN_MEMORY, Box, ProblemList, child, children

METHOD = b"zlib"


def unpacked(buffer: memoryview, problems: ProblemList) -> memoryview:
    """The content of moov, unpacked when it is compressed; as it was when it is not or cannot be."""
    moov = Box(b"moov", 0, 0, len(buffer))
    outer = child(buffer, moov, b"cmov", problems)
    if outer is None:
        return buffer
    parts = {box.kind: box for box in children(buffer, outer.body, outer.end, problems)}
    method, data = parts.get(b"dcom"), parts.get(b"cmvd")
    if method is None or data is None or data.end - data.body < 4 or buffer[method.body : method.body + 4] != METHOD:
        zh, en = "cmov 数据块：不是 zlib 压缩，仅支持 zlib", "cmov box: not compressed with zlib, which alone is known"
        problems.add(ProblemCode.BAD_BOX, say(zh, en))
        return buffer
    content = _inflated(bytes(buffer[data.body + 4 : data.end]), problems)
    inner = child(content, Box(b"cmov", 0, 0, len(content)), b"moov", problems)
    if inner is None:
        problems.add(ProblemCode.BAD_BOX, say("cmvd 数据块：其中没有 moov 索引", "cmvd box: no moov box in it"))
        return buffer
    return content[inner.body : inner.end]


def _inflated(data: bytes, problems: ProblemList) -> memoryview:
    """As much as unpacks, and never more than an index may take: the announced length is not believed."""
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(data, MAX_IN_MEMORY)
    except zlib.error as error:
        problems.add(ProblemCode.BAD_BOX, say(f"cmvd 数据块：{error}", f"cmvd box: {error}"))
        return memoryview(b"")
    if stream.unconsumed_tail:
        zh = f"cmvd 数据块：解压后超过 {MAX_IN_MEMORY} 字节"
        problems.add(ProblemCode.OUT_OF_MEMORY, say(zh, f"cmvd box: unpacks to more than {MAX_IN_MEMORY} bytes"))
    elif not stream.eof:
        problems.add(ProblemCode.TRUNCATED, say("cmvd 数据块：压缩数据未完即止", "cmvd box: ends before its data do"))
    return memoryview(content)
