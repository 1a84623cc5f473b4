using System.Net.Sockets;

namespace EndToEnd.Tests.Chaos;

/// <summary>Requests to a service, one after the other, each by a connection of its own.</summary>
internal sealed class ServiceTraffic(string address) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20), Limit = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Requests that were answered, and those that were not.</summary>
    public (int Answered, int Failed) Count { get; private set; }

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Whether one request is answered.</summary>
    public async Task<bool> IsAnsweredAsync()
    {
        using var http = new HttpClient { Timeout = Limit };
        try
        {
            return await http.GetStringAsync(new Uri($"http://{address}/"), _stop.Token) == "served\n";
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or TaskCanceledException) // a connection that is reset at once gives the second
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var answered = await IsAnsweredAsync();
            if (!_stop.IsCancellationRequested)
                Count = answered ? (Count.Answered + 1, Count.Failed) : (Count.Answered, Count.Failed + 1);
            await Task.Delay(Pause, TimeProvider.System, CancellationToken.None);
        }
    }
}
