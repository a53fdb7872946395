"""Words of the pages about stores."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "clock.constant": ("固定偏差", "constant offset"),
        "clock.drift": ("走时偏差", "drift"),
        "clock.none": ("无明显偏差", "no offset seen"),
        "clock.reset": ("时钟曾复位", "was reset"),
        "clock.zone": ("时区错误", "wrong time zone"),
        "stores.asked": ("最近的扫描请求", "Scans asked for"),
        "stores.asked.confirmed": ("已确认文件确实不在", "absence confirmed"),
        "stores.asked.done": ("{at} 请求的扫描已完成", "the scan asked for at {at} is done"),
        "stores.asked.failed": ("{at} 请求的扫描未完成", "the scan asked for at {at} ended early"),
        "stores.asked.running": ("{at} 请求的扫描正在进行", "the scan asked for at {at} is running"),
        "stores.asked.waiting": ("{at} 已请求扫描，等待开始", "a scan was asked for at {at} and waits to begin"),
        "stores.backlog": (
            "画面与声音检测：还有 {clips} 个片段、共 {media}等待，最早自 {since} 起。",
            "Pictures and sound: {clips} clips, {media} in all, wait to be looked at, the oldest since {since}.",
        ),
        "stores.backlog.none": ("画面与声音检测：没有等待的片段。", "Pictures and sound: no clip waits."),
        "stores.began": ("开始", "Began"),
        "stores.clock.kind": ("时钟", "Clock"),
        "stores.clock.unknown": ("尚无法测定", "not measured yet"),
        "stores.clocks": ("本单位设备时钟", "Clocks of the unit's devices"),
        "stores.clocks.none": ("没有登记的设备。", "No device is registered."),
        "stores.doubt": ("存储状态存疑", "This store is in doubt"),
        "stores.doubt.confirm": ("确认文件确实不在，并重新扫描", "Confirm that the files are gone, and scan"),
        "stores.doubt.look": ("查看并确认", "look and confirm"),
        "stores.doubt.means": (
            "在文件恢复或有人确认之前，不改变任何文件的状态，也不据此提出问题。先检查存储是否挂载、是否被清空；"
            "确认之后，未找到的文件将记为“未再找到”。",
            "Until the files are back or somebody confirms, no file changes state and nothing is asked because of it. "
            "Check first whether the store is mounted or was emptied; once confirmed, files not found count as gone.",
        ),
        "stores.doubt.sure": (
            "我已查看存储 {name}，文件确实不在原处。此确认会记入审计日志。",
            "I have looked at store {name}: the files are not there. This is written to the audit log.",
        ),
        "stores.errors": ("读取错误与略过的条目", "Errors and entries left out"),
        "stores.errors.none": ("所有文件夹均已完整列出。", "Every folder was listed whole."),
        "stores.files": ("文件", "Files"),
        "stores.files.none": ("没有此状态的文件", "No file in this state"),
        "stores.folder": ("文件夹", "Folder"),
        "stores.folders": ("{count} 个文件夹", "folders: {count}"),
        "stores.gone": ("消失台账", "Ledger of what is gone"),
        "stores.gone.age": ("消失时已存", "Age when gone"),
        "stores.gone.early": ("早于最短保存期", "before its least retention"),
        "stores.gone.guess": ("按修改时间推算", "by its modification time"),
        "stores.gone.hint": (
            "曾入库、现未再找到的文件。保存期按最短期限计算，需永久保存的另见问题清单。",
            "Files once indexed and not found now. Retention is the least one; what is kept for ever: see findings.",
        ),
        "stores.gone.kept": ("已满最短保存期", "least retention served"),
        "stores.gone.none": ("没有消失的文件。", "Nothing is gone."),
        "stores.gone.seen": ("最后见到", "Last seen"),
        "stores.gone.since": ("未再找到自", "Gone since"),
        "stores.gone.until": ("最短应保存至", "To be kept until"),
        "stores.interrupted": ("被中断", "interrupted"),
        "stores.kind.interrogation": ("讯问室录像", "interrogation rooms"),
        "stores.kind.recorder": ("执法记录仪采集站", "collection station"),
        "stores.lasted": ("用时", "Took"),
        "stores.margin": ("误差", "Margin"),
        "stores.model": ("型号", "Model"),
        "stores.none.hint": ("请在配置文件中添加存储。", "Add stores to the configuration."),
        "stores.offset": ("偏差", "Offset"),
        "stores.refused": ("无法列出", "refused"),
        "stores.root": ("（根目录）", "(the root)"),
        "stores.scan.all": ("立即扫描全部", "Scan all now"),
        "stores.scan.number": ("第 {number} 次扫描", "scan {number}"),
        "stores.scan.one": ("立即扫描", "Scan now"),
        "stores.scans": ("扫描历史", "Scans"),
        "stores.skipped": ("略过 {count} 个条目", "{count} entries left out"),
        "stores.standing": ("当前状况", "As it stands"),
        "stores.sub": (
            "各存储最近一次完整查看的时间与文件数。存储只读打开，其中的文件从不改动。",
            "When each store was last seen whole, and its files. Stores are opened read-only.",
        ),
        "stores.megabytes": ("兆字节", "megabytes"),
        "stores.what": ("情况", "What"),
    }
)
