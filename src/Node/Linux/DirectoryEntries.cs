using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Node.Linux;

/// <summary>An entry of a directory.</summary>
/// <param name="name">Its name, with a zero byte at its end.</param>
/// <param name="type">What the directory says it is: <c>DT_…</c> of readdir(3).</param>
internal readonly ref struct DirectoryEntry(ReadOnlySpan<byte> name, byte type)
{
    private const byte Directory = 4;

    public readonly ReadOnlySpan<byte> Name = name;

    /// <summary>Whether it is said to be a directory; it may be something else by now, and some file systems do not say.</summary>
    public bool IsDirectory => type == Directory;

    public override string ToString() => Encoding.UTF8.GetString(Name[..^1]);
}

/// <summary>The entries in a buffer of <c>struct linux_dirent64</c> (<see cref="Syscalls.ReadEntries"/>), the directory itself and its parent aside.</summary>
internal ref struct DirectoryEntries(ReadOnlySpan<byte> buffer)
{
    private ReadOnlySpan<byte> _rest = buffer;

    public DirectoryEntry Current { get; private set; }

    public readonly DirectoryEntries GetEnumerator() => this;

    public bool MoveNext()
    {
        // inode 8 bytes, offset 8, length of the entry 2, type 1, name.
        const int Length = 16, Type = 18, Name = 19;
        while (!_rest.IsEmpty)
        {
            var entry = _rest[..MemoryMarshal.Read<ushort>(_rest[Length..])];
            _rest = _rest[entry.Length..];
            var name = entry[Name..][..(entry[Name..].IndexOf((byte)0) + 1)];
            if (name.SequenceEqual(".\0"u8) || name.SequenceEqual("..\0"u8))
                continue;
            Current = new(name, entry[Type]);
            return true;
        }
        return false;
    }
}
