using System.Globalization;
using System.Text;

namespace Slipway.Flows;

/// <summary>
/// A conversation with <c>slipway-task store</c>, whose protocol the program's own <c>StoreServer</c> describes. One thing is asked at a time; after a failure it is
/// over, and to be disposed.
/// </summary>
/// <param name="stream">The standard streams of the program.</param>
/// <param name="place">Names the store in messages.</param>
internal sealed class StoreSession(Stream stream, string place) : IAsyncDisposable
{
    private const string Greeting = "slipway-task store 1";
    private const int LongestLine = 4096;

    /// <summary>How long a program that takes no more may take to say why.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly byte[] buffer = new byte[64 << 10];
    private int start, end;

    /// <summary>Waits until the program says that all is in place.</summary>
    /// <exception cref="ArtifactPlaceException">It cannot keep anything.</exception>
    /// <exception cref="IOException">It has ended.</exception>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        if (await ReadAnswerAsync(cancellation) is var line && line != Greeting)
            throw Unexpected(line);
    }

    /// <summary>Keeps a file, unless its content is there already.</summary>
    public async Task PutAsync(string sha256, string file, CancellationToken cancellation)
    {
        await using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await SayAsync(string.Create(CultureInfo.InvariantCulture, $"put {sha256} {source.Length}"), cancellation);
        if (await ReadAnswerAsync(cancellation) is var first && first == "have")
            return;
        if (first != "send")
            throw Unexpected(first);
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var answer = ReadAnswerAsync(cancellation);
        var sent = source.CopyToAsync(stream, buffer.Length, sending.Token);
        if (await Task.WhenAny(answer, sent) == sent && !sent.IsCompletedSuccessfully)
        {
            await Task.WhenAny(answer, Task.Delay(Farewell, TimeProvider.System, cancellation)); // why it takes no more
            if (!answer.IsCompleted)
                await sent;
        }

        if (answer.IsCompleted && !answer.IsCompletedSuccessfully)
            await sending.CancelAsync();
        await sent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it is over, or about to be
        if (await answer is var last && last != "ok")
            throw Unexpected(last);
    }

    /// <summary>Asks for an artifact; the size of what then is to be read, or null if it is not there.</summary>
    public async Task<long?> GetAsync(string sha256, CancellationToken cancellation)
    {
        await SayAsync($"get {sha256}", cancellation);
        return (await ReadAnswerAsync(cancellation)).Split(' ') switch
        {
            ["absent"] => null,
            ["content", var size] when long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var length) => length,
            var words => throw Unexpected(string.Join(' ', words)),
        };
    }

    /// <summary>Reads on in what was asked for.</summary>
    /// <exception cref="IOException">The program has ended.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellation)
    {
        if (start == end)
            return await stream.ReadAsync(target, cancellation) is > 0 and var read ? read : throw Ended();
        var count = Math.Min(end - start, target.Length);
        buffer.AsMemory(start, count).CopyTo(target);
        start += count;
        return count;
    }

    /// <summary>Whether an artifact is there.</summary>
    public async Task<bool> HasAsync(string sha256, CancellationToken cancellation)
    {
        await SayAsync($"has {sha256}", cancellation);
        return await ReadAnswerAsync(cancellation) switch
        {
            "ok" => true,
            "absent" => false,
            var line => throw Unexpected(line),
        };
    }

    /// <summary>Removes an artifact, if it is there.</summary>
    public Task RemoveAsync(string sha256, CancellationToken cancellation) => DoAsync($"remove {sha256}", cancellation);

    /// <summary>Finds out whether something can be kept.</summary>
    public Task ProbeAsync(CancellationToken cancellation) => DoAsync("probe", cancellation);

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task DoAsync(string what, CancellationToken cancellation)
    {
        await SayAsync(what, cancellation);
        if (await ReadAnswerAsync(cancellation) is var line && line != "ok")
            throw Unexpected(line);
    }

    private async Task SayAsync(string line, CancellationToken cancellation)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"), cancellation);
        await stream.FlushAsync(cancellation);
    }

    private async Task<string> ReadAnswerAsync(CancellationToken cancellation)
    {
        var line = new List<byte>();
        while (true)
        {
            var rest = buffer.AsSpan(start, end - start);
            var length = rest.IndexOf((byte)'\n');
            line.AddRange(length < 0 ? rest : rest[..length]);
            start += length < 0 ? rest.Length : length + 1;
            if (length >= 0)
                break;
            if (line.Count > LongestLine)
                throw Unexpected(Encoding.UTF8.GetString(line.ToArray()));
            (start, end) = (0, await stream.ReadAsync(buffer, cancellation));
            if (end == 0)
                throw Ended();
        }

        var text = Encoding.UTF8.GetString(line.ToArray());
        return text.Split(' ', 2) switch
        {
            ["full", var why] => throw new ArtifactPlaceException(ArtifactPlaceFault.NoSpace, $"{place}: there is no room ({why}); make the volume larger, or let retention of the store release what is old"),
            ["error", var why] => throw new ArtifactPlaceException(ArtifactPlaceFault.Failing, $"{place}: {why}"),
            _ => text,
        };
    }

    private EndOfStreamException Ended() => new($"{place}: the program that keeps artifacts has ended");

    private ArtifactPlaceException Unexpected(string line) => new(ArtifactPlaceFault.Failing, $"{place}: the program that keeps artifacts says \"{line}\", which is not of its protocol");
}
