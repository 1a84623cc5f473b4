using System.Text;

namespace Slipway.Wrapper;

/// <summary>Lines on the standard streams, written without the console class, which would take over the terminal and signals.</summary>
internal static unsafe class StandardStreams
{
    /// <summary>Writes a line; whether somebody takes it.</summary>
    public static bool Out(string line) => Write(1, line);

    public static void Error(string line) => Write(2, line);

    private static bool Write(int descriptor, string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        fixed (byte* start = bytes)
        {
            for (nint written = 0; written < bytes.Length;)
            {
                var count = Libc.write(descriptor, start + written, bytes.Length - written);
                if (count <= 0)
                    return false; // nobody reads: there is nowhere to say so
                written += count;
            }
        }

        return true;
    }
}
