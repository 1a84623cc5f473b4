using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Slipway.Host.Server;

/// <summary>Writes each message as a line: time, level, part of Slipway, message.</summary>
internal sealed class LineLogger(TextWriter output, TimeProvider clock) : ILoggerProvider
{
    // As long as Kubernetes gives its own.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private const long Idle = -1;

    private readonly Lock writing = new();
    private readonly ConcurrentDictionary<string, Writer> writers = new();
    private long begun = Idle;   // timestamp of the message that is being written

    /// <summary>Whether the output has not taken a message for so long that all who log must be taken to wait.</summary>
    public bool IsBlocked => Volatile.Read(ref begun) is not Idle and var at && clock.GetElapsedTime(at) > Patience;

    public ILogger CreateLogger(string categoryName) => writers.GetOrAdd(categoryName, static (name, self) => new Writer(self, name), this);

    public void Dispose()
    {
    }

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{clock.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {Name(level)} {category}: {message}");
        lock (writing)
        {
            Volatile.Write(ref begun, clock.GetTimestamp());
            try
            {
                output.WriteLine(line);
                if (exception is not null) output.WriteLine(exception);
            }
            finally
            {
                Volatile.Write(ref begun, Idle);
            }
        }
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        _ => "error",
    };

    private sealed class Writer(LineLogger log, string category) : ILogger
    {
        // Slipway.Node.Containerd.ContainerdProcess → Node.ContainerdProcess: the part and the type tell enough.
        private readonly string name = category.Split('.') is ["Slipway", var part, .., var type] ? $"{part}.{type}" : category;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) log.Write(logLevel, name, formatter(state, exception), exception);
        }
    }
}
