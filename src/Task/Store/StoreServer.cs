using System.Globalization;
using System.Runtime.InteropServices;

namespace Slipway.Wrapper;

/// <summary>
/// Keeps artifacts in a directory for whoever is at the standard streams: on the other side of <c>exec</c>, the store that a claim is.
/// </summary>
/// <remarks>
/// <para>The protocol, version 1. Lines end with a line feed; content follows its line and is exactly as long as announced.</para>
/// <code>
/// ← slipway-task store 1         all is in place
/// → put SHA256 SIZE
/// ← have                         it is there already, for good
/// ← send                         there is room for it
/// → (SIZE bytes)
/// ← ok                           kept for good
/// → get SHA256
/// ← content SIZE                 (SIZE bytes)
/// ← absent
/// → has SHA256                   ← ok, or absent
/// → remove SHA256                ← ok
/// → probe                        ← ok: something can be kept
/// ← full TEXT                    in place of any answer: there is no room; the program then ends
/// ← error TEXT                   in place of any answer: something else is in the way; the program then ends
/// </code>
/// <para>It ends when nothing comes any more. An answer may come while content is still sent: then it is that it cannot be kept.</para>
/// </remarks>
internal sealed unsafe class StoreServer(StoreFiles files)
{
    private readonly InputPipe input = new();

    /// <summary>Serves until the input ends.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        try
        {
            files.Prepare();
            Say("slipway-task store 1");
            while (input.ReadLine() is { } line)
            {
                if (!Serve(line.Split(' ')))
                    return 0;
            }

            return 0;
        }
        catch (StoreRefusal refusal)
        {
            Say(refusal.Line);
            return TaskRun.OwnFailure;
        }
    }

    private bool Serve(string[] words)
    {
        switch (words)
        {
            case ["put", var sha256, var size] when IsHash(sha256) && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var length):
                return Put(sha256, length);
            case ["get", var sha256] when IsHash(sha256):
                return Get(sha256);
            case ["has", var sha256] when IsHash(sha256):
                return Say(files.Has(sha256) ? "ok" : "absent");
            case ["remove", var sha256] when IsHash(sha256):
                files.Remove(sha256);
                return Say("ok");
            case ["probe"]:
                files.Probe();
                return Say("ok");
            default:
                throw new StoreRefusal(StoreRefusal.Error, $"{string.Join(' ', words)} is not of version 1 of the protocol");
        }
    }

    private bool Put(string sha256, long size)
    {
        if (files.Has(sha256))
            return Say("have");
        using var write = files.Begin(sha256, size);
        if (!Say("send"))
            return false;
        for (var rest = size; rest > 0;)
        {
            var content = input.Read(rest);
            if (content.IsEmpty)
                return false; // cut off
            write.Append(content);
            rest -= content.Length;
        }

        write.Commit();
        return Say("ok");
    }

    private bool Get(string sha256)
    {
        using var file = files.Open(sha256);
        if (file is null)
            return Say("absent");
        var size = RandomAccess.GetLength(file);
        if (!Say(string.Create(CultureInfo.InvariantCulture, $"content {size}")))
            return false;
        for (var rest = size; rest > 0;)
        {
            var count = Libc.sendfile(1, (int)file.DangerousGetHandle(), null, (nint)Math.Min(rest, 1 << 30));
            if (count < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
                continue;
            if (count <= 0)
                return false; // nobody reads, or the disk fails: either way the content ends too soon, which the reader sees
            rest -= count;
        }

        return true;
    }

    private static bool Say(string line) => StandardStreams.Out(line);

    private static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}
