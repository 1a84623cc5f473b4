using System.Security.Authentication;

namespace Slipway.Fuzzing.Running;

/// <summary>Sends the cases of a range of seeds over several connections at the same time.</summary>
/// <param name="target">The server.</param>
/// <param name="clock">Time of deadlines.</param>
/// <param name="deadline">Within what every request must be answered.</param>
public sealed class FuzzRun(FuzzTarget target, TimeProvider clock, TimeSpan deadline)
{
    /// <summary>Sends them all and counts what comes back.</summary>
    /// <param name="first">The first seed.</param>
    /// <param name="count">How many seeds.</param>
    /// <param name="workers">How many requests at the same time.</param>
    /// <param name="tally">What is counted.</param>
    /// <param name="cancellation">Ends the run early.</param>
    /// <exception cref="IOException">The server is not there any more.</exception>
    public async Task RunAsync(int first, int count, int workers, Tally tally, CancellationToken cancellation)
    {
        var next = first - 1;
        await using var http2 = new Http2Transport(target, clock);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, cancellation)));

        async Task WorkAsync()
        {
            await using var http1 = new Http1Transport(target, clock);
            while (!cancellation.IsCancellationRequested && Interlocked.Increment(ref next) is var seed && seed < first + count)
                await SendAsync(FuzzCases.Of(seed), http1, http2, tally, cancellation);
        }
    }

    private async Task SendAsync(FuzzCase item, Http1Transport http1, Http2Transport http2, Tally tally, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        using var limit = new CancellationTokenSource(deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var (status, fault) = (-1, (string?)null);
        try
        {
            if (item is FuzzBytes bytes) await RawExchange.RunAsync(target, bytes, clock, either.Token);
            else if (item is FuzzRequest request)
            {
                var answer = await (request.IsPlain && item.Seed % 3 == 0 ? (ITransport)http2 : http1).SendAsync(request, either.Token);
                (status, fault) = (answer.Status, Verdict.Fault(request, answer));
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            fault = $"no answer within {deadline.TotalSeconds} s";
        }
        catch (Exception e) when (e is InvalidDataException or AuthenticationException)
        {
            fault = e.Message;
        }
        tally.Add(item, status, clock.GetElapsedTime(started), fault);
    }
}
