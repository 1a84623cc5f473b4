using Microsoft.Extensions.Logging;

namespace Slipway.Node.Tests.Real;

/// <summary>Shows what is logged with the test that it belongs to.</summary>
internal sealed class TestOutputLog : ILoggerFactory, ILogger
{
    private readonly ITestOutputHelper? _output = TestContext.Current.TestOutputHelper;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) { }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            _output?.WriteLine($"{logLevel}: {formatter(state, exception)} {exception}");
        }
        catch (InvalidOperationException) { } // the test has ended
    }

    public void Dispose() { }
}
