namespace Slipway.Flows;

/// <summary>Second names for files.</summary>
internal static class HardLink
{
    /// <summary>Makes <paramref name="target"/> a link to a file, or a copy across file systems or beyond the limit of links; replaces what is there.</summary>
    public static void Create(string path, string target)
    {
        var error = Libc.Link(path, target);
        if (error == Libc.EEXIST)
        {
            File.Delete(target);
            error = Libc.Link(path, target);
        }

        switch (error)
        {
            case 0:
                return;
            case Libc.EXDEV or Libc.EMLINK or Libc.EPERM:
                File.Copy(path, target, overwrite: true);
                return;
            default:
                throw new IOException($"{path} cannot be linked to {target}: error {error}");
        }
    }
}
