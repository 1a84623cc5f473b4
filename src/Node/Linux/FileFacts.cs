namespace Slipway.Node.Linux;

/// <summary>What statx(2) tells of a file.</summary>
/// <param name="Group">Id of its group.</param>
/// <param name="RawMode">Its type and permissions, as in <c>st_mode</c>.</param>
internal readonly record struct FileFacts(int Group, int RawMode)
{
    private const int TypeMask = 0xF000, Directory = 0x4000, File = 0x8000, Link = 0xA000, Socket = 0xC000, CharacterDevice = 0x2000, BlockDevice = 0x6000;

    public UnixFileMode Mode => (UnixFileMode)(RawMode & 0xFFF);

    public bool IsDirectory => (RawMode & TypeMask) == Directory;

    public bool IsFile => (RawMode & TypeMask) == File;

    public bool IsLink => (RawMode & TypeMask) == Link;

    public bool IsSocket => (RawMode & TypeMask) == Socket;

    public bool IsCharacterDevice => (RawMode & TypeMask) == CharacterDevice;

    public bool IsBlockDevice => (RawMode & TypeMask) == BlockDevice;
}
