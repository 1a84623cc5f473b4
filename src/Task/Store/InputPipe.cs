using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Wrapper;

/// <summary>Lines and content from the standard input, in one order.</summary>
internal sealed unsafe class InputPipe
{
    private const int LongestLine = 256;

    private readonly byte[] buffer = new byte[64 << 10];
    private int start, end;

    /// <summary>The next line, without its end; null when no whole one comes any more.</summary>
    /// <exception cref="StoreRefusal">It is no line of the protocol.</exception>
    public string? ReadLine()
    {
        var line = new List<byte>();
        while (true)
        {
            if (start == end && !Fill())
                return null;
            var next = buffer[start++];
            if (next == '\n')
                return Encoding.ASCII.GetString(line.ToArray());
            line.Add(next);
            if (line.Count > LongestLine)
                throw new StoreRefusal(StoreRefusal.Error, "what came is no line of the protocol");
        }
    }

    /// <summary>Some of the content that comes next, until the next call; empty when nothing comes any more.</summary>
    public ReadOnlySpan<byte> Read(long most)
    {
        if (start == end && !Fill())
            return [];
        var count = (int)Math.Min(most, end - start);
        start += count;
        return buffer.AsSpan(start - count, count);
    }

    private bool Fill()
    {
        fixed (byte* target = buffer)
        {
            while (true)
            {
                var count = Libc.read(0, target, buffer.Length);
                if (count < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
                    continue;
                (start, end) = (0, (int)Math.Max(count, 0));
                return count > 0;
            }
        }
    }
}
