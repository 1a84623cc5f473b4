namespace Slipway.Node.Logs;

/// <summary>Reads the end of a file.</summary>
internal static class LogTail
{
    /// <summary>The last bytes of a file, at most so many; empty when there is no such file.</summary>
    public static byte[] Bytes(string file, int limit)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = (int)Math.Min(stream.Length, limit);
            stream.Seek(-length, SeekOrigin.End);
            var bytes = new byte[length];
            return bytes[..stream.ReadAtLeast(bytes, length, throwOnEndOfStream: false)];
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }
}
