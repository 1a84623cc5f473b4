namespace Slipway.Cli;

/// <summary>A command cannot do what was asked. The message is one sentence that says what is wrong and what to do.</summary>
/// <param name="message">The sentence, without a prefix.</param>
/// <param name="exitCode">The exit code, one of <see cref="ExitCodes"/>.</param>
public sealed class CommandException(string message, int exitCode = ExitCodes.Failed) : Exception(message)
{
    /// <summary>Lines that follow the sentence: what is wrong, where that is several things.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>The process's exit code.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>What the exit codes of all commands mean.</summary>
public static class ExitCodes
{
    public const int Succeeded = 0;
    public const int Failed = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Interrupted by Ctrl-C (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
