"""Every trouble that `bwc check` knows, and what to do about it: Chinese, English."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Trouble(StrEnum):
    VARIABLE_UNKNOWN = "variable-unknown"
    SETTINGS_CLASH = "settings-clash"
    TIME_ZONES = "time-zones"
    FFMPEG = "ffmpeg"
    MEDIA_LIBRARY = "media-library"
    CLOCK_BACK = "clock-back"
    DATABASE_UNREACHABLE = "database-unreachable"
    DATABASE_UNWRITABLE = "database-unwritable"
    DATABASE_ON_NETWORK = "database-on-network"
    DATABASE_DAMAGED = "database-damaged"
    SCHEMA_OLDER = "schema-older"
    SCHEMA_NEWER = "schema-newer"
    DISK_LITTLE = "disk-little"
    CACHE_LITTLE = "cache-little"
    NO_STORES = "no-stores"
    STORE_UNREACHABLE = "store-unreachable"
    STORE_EMPTY = "store-empty"
    STORE_REFUSED = "store-refused"
    STORE_WRITABLE = "store-writable"
    STORE_AHEAD = "store-ahead"
    STORE_DOUBTFUL = "store-doubtful"
    FEED_UNREADABLE = "feed-unreadable"
    FEED_EMPTY = "feed-empty"
    FEED_REJECTED = "feed-rejected"
    NO_SCAN = "no-scan"
    SCAN_OLD = "scan-old"
    SCAN_DEAD = "scan-dead"
    CONTENT_BACKLOG = "content-backlog"
    CONTENT_ENDED = "content-ended"
    OPEN_HOUSE = "open-house"
    SECRET_UNUSABLE = "secret-unusable"  # noqa: S105 (the name of a trouble)
    SECRET_READABLE = "secret-readable"  # noqa: S105 (the name of a trouble)
    OIDC = "oidc"
    CLUSTER_UNREACHABLE = "cluster-unreachable"
    CLUSTER_EMPTY = "cluster-empty"
    CLUSTER_OPEN = "cluster-open"
    WORKER_VERSION = "worker-version"
    STORE_UNSEEN = "store-unseen"
    NOTICE_ADDRESS = "notice-address"
    NOTICES_NOWHERE = "notices-nowhere"


REMEDIES: Mapping[Trouble, tuple[str, str]] = MappingProxyType(
    {
        Trouble.VARIABLE_UNKNOWN: ("删除该环境变量或改正名称", "remove the variable, or correct its name"),
        Trouble.SETTINGS_CLASH: ("在管理页恢复该项，或修改配置文件", "undo it on the page, or change the file"),
        Trouble.TIME_ZONES: ("重新安装本程序（含 tzdata 包）", "install the program anew, with its package tzdata"),
        Trouble.FFMPEG: (
            "重新安装 imageio-ffmpeg 包，并允许执行其中的程序；在此之前浏览器不能直接播放的片段无法播放",
            "install the package imageio-ffmpeg anew and allow its program to run; until then clips that a browser "
            "cannot play as they are cannot be played",
        ),
        Trouble.MEDIA_LIBRARY: (
            "重新安装 av 包；在此之前 MP4 以外的多数格式无法读取",
            "install the package av anew; until then most formats but MP4 cannot be read",
        ),
        Trouble.CLOCK_BACK: (
            "校准本机时钟（建议 NTP）；确认无误后用 bwc scan --confirm clock",
            "set this machine's clock (by NTP); when it is right: bwc scan --confirm clock",
        ),
        Trouble.DATABASE_UNREACHABLE: (
            "启动数据库服务，或改正 [database] url、用户和密码",
            "start the database server, or correct [database] url, user and password",
        ),
        Trouble.DATABASE_UNWRITABLE: (
            "给予本用户写权限，或改正 [database] url",
            "give this user the right to write there, or correct [database] url",
        ),
        Trouble.DATABASE_ON_NETWORK: (
            "把 SQLite 文件移到本地磁盘，或改用 PostgreSQL",
            "move the SQLite file to a local disk, or use PostgreSQL",
        ),
        Trouble.DATABASE_DAMAGED: (
            "停止 bwc run，保留损坏文件，用 bwc restore 备份 --replace 还原；并检查磁盘",
            "stop bwc run, keep the damaged file aside, and restore: bwc restore BACKUP --replace; then check the disk",
        ),
        Trouble.SCHEMA_OLDER: ("先 bwc backup，再 bwc migrate", "first bwc backup, then: bwc migrate"),
        Trouble.SCHEMA_NEWER: (
            "升级本程序到写入该数据库的版本",
            "upgrade the program to the version that wrote this database",
        ),
        Trouble.DISK_LITTLE: (
            "清理磁盘或扩容；数据库写满后扫描会中断",
            "make room or a larger disk: a scan ends when the database cannot grow",
        ),
        Trouble.CACHE_LITTLE: (
            "清理磁盘，或减小 cache_mb；缓存文件夹可随时删除",
            "make room, or lower cache_mb; the folder of the cache can be deleted at any time",
        ),
        Trouble.NO_STORES: ("在配置文件中加入 [[stores]]", "add a [[stores]] section"),
        Trouble.STORE_UNREACHABLE: (
            "挂载该存储，或改正其 location",
            "mount it, or correct its location in [[stores]]",
        ),
        Trouble.STORE_EMPTY: (
            "确认已挂载到正确位置、采集站确实写入此处；若新建存储则无需处理",
            "see that the right thing is mounted there and that the station writes to it; a new store may be empty",
        ),
        Trouble.STORE_REFUSED: ("给予本用户读取权限", "give this user the right to read it"),
        Trouble.STORE_WRITABLE: (
            "只读挂载，或改用无写权限的用户运行",
            "mount it read-only, or run as a user without that right",
        ),
        Trouble.STORE_AHEAD: (
            "校准写入该存储的采集站与本机的时钟",
            "set the clocks of the station that writes there and of this machine",
        ),
        Trouble.STORE_DOUBTFUL: (
            "确认存储挂载完整；若文件确已不在：bwc scan --confirm 存储名",
            "see that it is mounted whole; if the files are really gone: bwc scan --confirm NAME",
        ),
        Trouble.FEED_UNREADABLE: (
            "改正该 [[feeds]] 的 location 或 [feeds.columns]",
            "correct location or [feeds.columns] of this feed in [[feeds]]",
        ),
        Trouble.FEED_EMPTY: ("检查导出程序", "check the export that writes it"),
        Trouble.FEED_REJECTED: (
            "按所示原因改正导出或 [feeds.columns]；逐行结果见 bwc list feed-rows",
            "correct the export or [feeds.columns] by the reason shown; each row's fate: bwc list feed-rows",
        ),
        Trouble.NO_SCAN: ("bwc scan，或启动 bwc run", "bwc scan, or start bwc run"),
        Trouble.SCAN_OLD: (
            "确认 bwc run 在运行，并查看其日志",
            "see that bwc run is running, and read its log",
        ),
        Trouble.SCAN_DEAD: (
            "下一次扫描会接续；若反复出现请查看日志与内存",
            "the next scan goes on from there; if it happens again read the log, and look at the memory",
        ),
        Trouble.CONTENT_BACKLOG: (
            "增大 [content] minutes_per_scan 或处理器数，或减小 share_ratio",
            "raise [content] minutes_per_scan or the number of processors, or lower share_ratio",
        ),
        Trouble.CONTENT_ENDED: (
            "bwc explain 文件 说明原因；必要时增大 [content] seconds_per_clip",
            "bwc explain FILE says why; raise [content] seconds_per_clip where it was too short",
        ),
        Trouble.OPEN_HOUSE: (
            'visitors = true 时 host 只能是 "127.0.0.1"；对外服务请设 visitors = false 并列出 names',
            'with visitors = true set host = "127.0.0.1"; to serve other machines set visitors = false and give names',
        ),
        Trouble.SECRET_UNUSABLE: (
            "改正 [api] secret_file，或删除该文件（将自动新建，所有人须重新登录）",
            "correct [api] secret_file, or delete the file: a new one is made, and everybody signs in again",
        ),
        Trouble.SECRET_READABLE: (
            "chmod 600；若他人可能已读取，请删除后重启",
            "chmod 600; if others may have read it, delete it and start again",
        ),
        Trouble.OIDC: (
            "按 docs/config.md 补全 [oidc] 与 [api] public",
            "complete [oidc] and [api] public by docs/config.md",
        ),
        Trouble.CLUSTER_UNREACHABLE: (
            '启动 dask scheduler，改正 [workers] scheduler 与 tls_*，或设 kind = "processes"',
            'start dask scheduler, correct [workers] scheduler and tls_*, or set kind = "processes"',
        ),
        Trouble.CLUSTER_EMPTY: (
            "在可读取存储的机器上运行 bwc worker",
            "run bwc worker on the machines that see the stores",
        ),
        Trouble.CLUSTER_OPEN: (
            "能连接该端口的人可在各工作节点上执行任意程序：设 tls_ca、tls_cert、tls_key，或只用独立网络",
            "whoever reaches that port can run any program on every worker: set tls_ca, tls_cert and tls_key, or keep "
            "it on a network of its own",
        ),
        Trouble.WORKER_VERSION: (
            "各机器安装同一版本（程序、Python、distributed）并重启 bwc worker；在此之前不向其派发任务",
            "install the same version everywhere (program, Python, distributed) and start bwc worker again; until "
            "then that worker is given nothing",
        ),
        Trouble.STORE_UNSEEN: (
            "在能读取它的机器上运行 bwc worker，存储名称与此处一致；在此之前其新文件不会被读取",
            "run bwc worker on a machine that sees it, under the same name; until then its new files are not read",
        ),
        Trouble.NOTICE_ADDRESS: (
            "按 Apprise 的写法更正该地址，如 wecombot://KEY、mailtos://…、json://host/path",
            "write it as Apprise takes it, such as wecombot://KEY, mailtos://… or json://host/path",
        ),
        Trouble.NOTICES_NOWHERE: (
            "在 [api] 中设 public，通知中即带网页地址",
            "set public under [api]: notices then say where to look",
        ),
    }
)
