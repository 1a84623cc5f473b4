using System.ComponentModel;
using System.Text;

namespace Slipway.Node.Linux;

/// <summary>
/// Measures what lies below a directory. What containers have written may be nested without end and replaced while it is measured: so
/// nothing is reached by a path of more than one name, and links and mounts are not entered.
/// </summary>
/// <remarks>
/// The uppermost directories on the way down stay open. Below them one is, and the way back is the parent, if that still is the directory
/// from which it came: otherwise what is left in those between is not counted.
/// </remarks>
internal sealed class TreeMeasure : IDisposable
{
    private const int BufferBytes = 16 << 10;
    private const int KeptOpen = 64;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly List<Level> _levels = [];
    // Files of several names, which count once.
    private readonly HashSet<(ulong, ulong)> _linked = [];
    private long _bytes;
    private long _inodes;

    private readonly Action<string> _entering;

    private TreeMeasure(Action<string> entering) => _entering = entering;

    /// <summary>Bytes on the disk and the number of files and directories, itself included; nothing when it is not there, or goes meanwhile.</summary>
    public static (long Bytes, long Inodes) Of(string directory) => Of(directory, static _ => { });

    /// <param name="directory">The directory.</param>
    /// <param name="entering">Told the name of each directory before it is opened.</param>
    internal static (long Bytes, long Inodes) Of(string directory, Action<string> entering)
    {
        using var measure = new TreeMeasure(entering);
        try
        {
            measure.Enter(Syscalls.Open(directory, Syscalls.OpenDirectory | Syscalls.OpenCloseOnExec));
            while (measure._levels.Count > 0)
                measure.Step();
        }
        catch (Win32Exception)
        {
            // It goes meanwhile: what was counted until then counts.
        }
        return (measure._bytes, measure._inodes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var level in _levels)
            level.Close();
    }

    private void Step()
    {
        var level = _levels[^1];
        if (level.Waiting.TryPop(out var name))
        {
            _entering(Encoding.UTF8.GetString(name.AsSpan(0, name.Length - 1)));
            // What has gone, has become something else or is mounted there is passed over.
            if (Syscalls.OpenDirectoryIn(level.Opened, name) is var child and >= 0)
                Enter(child);
        }
        else if (Syscalls.ReadEntries(level.Opened, _buffer) is var read and > 0)
        {
            foreach (var entry in new DirectoryEntries(_buffer.AsSpan(0, read)))
                Count(level, entry);
        }
        else
        {
            Leave();
        }
    }

    private void Count(Level level, DirectoryEntry entry)
    {
        if (Syscalls.SizeAt(level.Opened, entry.Name) is not { } size)
            return;
        if (size.IsDirectory)
            level.Waiting.Push(entry.Name.ToArray());
        else if (size.Links == 1 || _linked.Add(size.Identity))
            Add(size);
    }

    private void Enter(int opened)
    {
        var level = new Level(opened);
        _levels.Add(level);
        var size = Syscalls.SizeOf(opened);
        level.Identity = size.Identity;
        Add(size);
        if (_levels.Count > KeptOpen)
            _levels[^2].Close();
    }

    private void Leave()
    {
        var left = _levels[^1];
        _levels.RemoveAt(_levels.Count - 1);
        if (_levels.Count > 0 && !_levels[^1].IsOpen && !_levels[^1].OpenFrom(left))
            _levels.RemoveAll(static level => !level.IsOpen);
        left.Close();
    }

    private void Add(FileSize size) => (_bytes, _inodes) = (_bytes + size.Bytes, _inodes + 1);

    /// <summary>A directory on the way down.</summary>
    private sealed class Level(int opened)
    {
        private long _position;

        /// <summary>The directory, where it is open.</summary>
        public int Opened { get; private set; } = opened;

        public bool IsOpen => Opened >= 0;

        public (ulong, ulong) Identity { get; set; }

        /// <summary>Names of directories in it that are yet to be entered: of those that were read at once, so that they are few.</summary>
        public Stack<byte[]> Waiting { get; } = new();

        public void Close()
        {
            if (!IsOpen)
                return;
            _position = Syscalls.Position(Opened);
            Syscalls.Close(Opened);
            Opened = -1;
        }

        /// <summary>Opens it as the parent of one of its directories; false when another one is that by now.</summary>
        public bool OpenFrom(Level child)
        {
            var parent = Syscalls.OpenParent(child.Opened);
            if (parent < 0)
                return false;
            Opened = parent;
            if (Syscalls.SizeOf(parent).Identity == Identity)
            {
                Syscalls.Rewind(parent, _position);
                return true;
            }
            Close();
            return false;
        }
    }
}
