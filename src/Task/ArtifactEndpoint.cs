using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Wrapper;

/// <summary>
/// The client's side of the artifact endpoint: a unix socket in the pod's volume, one for each pod, so that being able to
/// connect says which attempt speaks.
/// </summary>
/// <remarks>
/// <para>The protocol, version 1. Lines end with a line feed; content follows its line and is exactly as long as announced.</para>
/// <code>
/// → slipway-task 1
/// → file NAME SIZE FILENAME      FILENAME is percent-encoded
/// → (SIZE bytes)
/// ← ok SHA256                    stored, durably, under this hash (64 hex digits)
/// → value NAME SIZE              JSON of at most 262144 bytes
/// → (SIZE bytes)
/// ← ok SHA256
/// → report SIZE                  the whole report, when it is too long for a termination message
/// → (SIZE bytes)
/// ← ok SHA256
/// ← error TEXT                   in place of ok: refused; the endpoint then closes the connection
/// </code>
/// <para>Storing is idempotent, so a connection that breaks is opened again and the item sent anew.</para>
/// </remarks>
/// <param name="path">The socket.</param>
/// <param name="stopped">Whether the wrapper was told to end already: then the endpoint is not waited for.</param>
internal sealed unsafe class ArtifactEndpoint(string path, bool stopped) : IDisposable
{
    public const int ValueLimit = 256 * 1024;

    private int socket = -1;

    /// <summary>Sends a file.</summary>
    /// <exception cref="RefusedException">The endpoint refuses it.</exception>
    /// <exception cref="StoppedException">The wrapper was told to end while it waited for the endpoint.</exception>
    public string SendFile(string kind, string name, string file, out long size)
    {
        long sent = 0;
        var hash = WithRetries(() =>
        {
            using var handle = File.OpenHandle(file);
            var length = RandomAccess.GetLength(handle);
            SendLine(kind == "file" ? $"file {name} {length} {Uri.EscapeDataString(Path.GetFileName(file))}" : $"{kind} {name} {length}");
            for (long rest = length; rest > 0;)
            {
                var count = Libc.sendfile(socket, (int)handle.DangerousGetHandle(), null, (nint)Math.Min(rest, 1 << 30));
                if (count == 0)
                    throw new RefusedException($"{file} became shorter while it was stored");
                if (count < 0)
                {
                    if (Marshal.GetLastPInvokeError() == Libc.EINTR)
                        continue;
                    throw new BrokenException();
                }

                rest -= count;
            }

            sent = length;
            return ReadAnswer();
        });
        size = sent;
        return hash;
    }

    /// <summary>Sends the whole report.</summary>
    public string SendReport(byte[] report) => WithRetries(() =>
    {
        SendLine($"report {report.Length}");
        SendBytes(report);
        return ReadAnswer();
    });

    public void Dispose() => Close();

    private string WithRetries(Func<string> exchange)
    {
        var wait = TimeSpan.FromMilliseconds(50);
        var said = false;
        while (true)
        {
            try
            {
                if (socket < 0)
                {
                    Connect();
                    SendLine("slipway-task 1");
                }

                return exchange();
            }
            catch (BrokenException)
            {
                Close();
            }

            // The endpoint is gone while Slipway itself restarts; what the command made must not be lost by that.
            if (!said && wait > TimeSpan.FromSeconds(1))
            {
                StandardStreams.Error($"slipway-task: waiting for the artifact endpoint at {path}");
                said = true;
            }

            if (stopped || Signals.IsStop(Signals.Wait(wait)))
                throw new StoppedException();
            wait = wait * 2 < TimeSpan.FromSeconds(2) ? wait * 2 : TimeSpan.FromSeconds(2);
        }
    }

    /// <summary><c>sockaddr_un</c>: the family and at most 107 bytes of path.</summary>
    private void Connect()
    {
        var name = Encoding.UTF8.GetBytes(path);
        if (name.Length > 107)
            throw new RefusedException($"the path of the artifact endpoint is too long: {path}");
        var address = stackalloc byte[110];
        new Span<byte>(address, 110).Clear();
        *(ushort*)address = Libc.AF_UNIX;
        name.CopyTo(new Span<byte>(address + 2, 107));
        socket = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0);
        if (socket < 0)
            throw new RefusedException($"no socket can be opened: error {Marshal.GetLastPInvokeError()}");
        if (Libc.connect(socket, address, 110) == 0)
            return;
        var error = Marshal.GetLastPInvokeError();
        if (error == Libc.EACCES)
            throw new RefusedException($"the artifact endpoint {path} may not be opened by this user");
        throw new BrokenException();
    }

    private void Close()
    {
        if (socket >= 0)
            _ = Libc.close(socket);
        socket = -1;
    }

    private void SendLine(string line) => SendBytes(Encoding.UTF8.GetBytes(line + "\n"));

    private void SendBytes(byte[] bytes)
    {
        fixed (byte* start = bytes)
        {
            for (nint sent = 0; sent < bytes.Length;)
            {
                var count = Libc.write(socket, start + sent, bytes.Length - sent);
                if (count < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
                    continue;
                if (count <= 0)
                    throw new BrokenException();
                sent += count;
            }
        }
    }

    private string ReadAnswer()
    {
        var line = new List<byte>();
        byte next;
        while (true)
        {
            var count = Libc.read(socket, &next, 1);
            if (count < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
                continue;
            if (count <= 0)
                throw new BrokenException();
            if (next == '\n')
                break;
            line.Add(next);
        }

        var text = Encoding.UTF8.GetString(line.ToArray());
        if (text.StartsWith("ok ", StringComparison.Ordinal))
            return text[3..];
        throw new RefusedException(text.StartsWith("error ", StringComparison.Ordinal) ? text[6..] : $"the artifact endpoint answered {text}");
    }

    /// <summary>The connection broke; another may succeed.</summary>
    private sealed class BrokenException : Exception;
}

/// <summary>What was sent cannot be stored; the message says why.</summary>
internal sealed class RefusedException(string message) : Exception(message);

/// <summary>The wrapper was asked to end.</summary>
internal sealed class StoppedException : Exception;
