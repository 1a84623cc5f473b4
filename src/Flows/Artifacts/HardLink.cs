namespace Slipway.Flows;

/// <summary>Second names for files.</summary>
internal static class HardLink
{
    /// <summary>
    /// Makes <paramref name="target"/> a link to a file, or a copy across file systems or beyond the limit of links. What is there
    /// is replaced at once and as a whole: a task that has it open, or is about to open it, notices nothing.
    /// </summary>
    /// <exception cref="IOException">The file system refuses; the message says why.</exception>
    public static void Create(string path, string target)
    {
        var error = Libc.Link(path, target);
        if (error == 0)
            return;
        var fresh = target + ".slipway-new";
        File.Delete(fresh);
        error = Libc.Link(path, fresh);
        if (error is Libc.EXDEV or Libc.EMLINK or Libc.EPERM)
            File.Copy(path, fresh);
        else if (error != 0)
            throw new IOException($"{path} cannot be linked to {target}: error {error}");
        File.Move(fresh, target, overwrite: true);

        // Renaming one name of a file to another name of the same file does nothing, by POSIX, and leaves both.
        File.Delete(fresh);
    }
}
