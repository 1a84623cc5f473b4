using System.Diagnostics;

namespace Slipway.Node.Tests.Real;

/// <summary>One call of a program.</summary>
internal sealed class ProcessCall(string program, params string[] arguments)
{
    public async Task<(int Code, string Output)> RunAsync()
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
