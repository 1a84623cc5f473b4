using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Slipway.ApiServer.Discovery;

namespace Slipway.ApiServer.Tests;

public sealed class HealthChecksTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_wrong_is_answered_though_the_log_takes_nothing_and_told_once_it_does()
    {
        using var log = new HeldLog();
        var checks = new HealthChecks([new("etcd", false, _ => new("is away"))], new FakeTimeProvider(), log);
        foreach (var path in (string[])["/livez", "/readyz", "/healthz"])
            Assert.Equal(500, (await Task.Run(() => checks.AnswerAsync(path, "", Cancellation).AsTask(), Cancellation).WaitAsync(Patience, Cancellation))!.StatusCode);

        log.Dispose();
        Assert.Equal("livez check failed: etcd: is away", await log.Told.WaitAsync(Patience, Cancellation));
    }

    /// <summary>Holds whoever logs until it is disposed of.</summary>
    private sealed class HeldLog : ILogger, IDisposable
    {
        private readonly ManualResetEventSlim end = new();
        private readonly TaskCompletionSource<string> told = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>What is told first.</summary>
        public Task<string> Told => told.Task;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            end.Wait();
            told.TrySetResult(formatter(state, exception));
        }

        // Not disposed of itself: somebody may be in it.
        public void Dispose() => end.Set();
    }
}
