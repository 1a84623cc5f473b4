using SQLitePCL;

namespace Slipway.Storage.Sqlite;

/// <summary>
/// Keeps the write-ahead log short: when it has grown enough, its pages are copied into the database, after which the next
/// write begins it anew. The writer does it between two groups, when the callers have their answers.
/// </summary>
internal sealed class WriteAheadLog(Connection db, string path)
{
    /// <summary>Pages (4 KiB each) after which they are copied: pages written often meanwhile are copied once.</summary>
    private const int FramesToCopy = 4096;

    /// <summary>Pages after which readers are made to let go of old snapshots.</summary>
    private const int FramesAtMost = 8 * FramesToCopy;

    /// <summary>A log of this size is not worth giving back.</summary>
    private const long BytesAlwaysKept = 4 << 20;

    private int _frames = FramesIn(path);
    private int _next = FramesToCopy;

    /// <summary>How many frames the file of a database that was not closed may hold.</summary>
    private static int FramesIn(string path) => new FileInfo(path + "-wal") is { Exists: true } file ? (int)Math.Min(file.Length / 4096, int.MaxValue) : 0;

    /// <summary>Enough was written that it is time to copy.</summary>
    public bool IsLong => _frames >= _next;

    /// <summary>Counts what transactions have written since the last call.</summary>
    public void CountPages() => _frames += db.TakeWrittenPages();

    /// <summary>Counts, and copies when it is time.</summary>
    /// <exception cref="SqliteError">It could not be copied; nothing is lost, it stays in the log.</exception>
    public void CopyIfLong()
    {
        CountPages();
        if (IsLong)
            Flush();
    }

    /// <summary>
    /// Copies all that can be copied; and where the log has grown larger than the database, as after a burst of writes to few
    /// keys, gives its space back.
    /// </summary>
    /// <exception cref="SqliteError">It could not be copied; nothing is lost, it stays in the log.</exception>
    public void Shrink()
    {
        Flush();
        var length = new FileInfo(path + "-wal").Length;
        if (_frames == 0 && length > BytesAlwaysKept && length > new FileInfo(path).Length)
            db.TryTruncateLog();
    }

    /// <summary>Copies all that can be copied, so that the next write can begin the log anew.</summary>
    /// <exception cref="SqliteError">It could not be copied; nothing is lost, it stays in the log.</exception>
    public void Flush()
    {
        _next = _frames + FramesToCopy / 4; // if it fails, or a reader still needs a part: not at every commit
        var (frames, copied) = db.Checkpoint(raw.SQLITE_CHECKPOINT_PASSIVE);
        if (frames >= FramesAtMost)
            (frames, copied) = db.Checkpoint(raw.SQLITE_CHECKPOINT_RESTART);
        if (copied < frames)
            return;
        _frames = 0;
        _next = FramesToCopy;
    }
}
