using System.Diagnostics;

namespace Slipway.Network;

/// <summary>Runs a program of the host to its end.</summary>
public static class ExternalProgram
{
    /// <summary>Runs <paramref name="program"/> (looked up in PATH and the system's directories) with <paramref name="input"/> on its standard input.</summary>
    /// <exception cref="ExternalProgramException">The program is not installed.</exception>
    public static async Task<ProgramResult> RunAsync(string program, IReadOnlyList<string> arguments, string? input, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Find(program) ?? throw new ExternalProgramException($"{program} is not installed; install it, or start Slipway by its ./slipway script, which does"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input; its exit code tells why.
        }
        await process.WaitForExitAsync(cancellation);
        return new ProgramResult(program, process.ExitCode, await output, await errors);
    }

    /// <summary>Full path of a program; null if it is not installed. Users' PATHs often lack the sbin directories.</summary>
    public static string? Find(string program)
    {
        if (program.Contains('/')) return File.Exists(program) ? program : null;
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        return path.Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
            .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);
    }
}

/// <summary>How a program ended.</summary>
/// <param name="Program">Its name.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
public sealed record ProgramResult(string Program, int ExitCode, string Output, string Errors)
{
    /// <summary>The output of a program that succeeded.</summary>
    /// <exception cref="ExternalProgramException">It failed; the message says what was attempted and what the program answered.</exception>
    public string OrThrow(string attempt) =>
        ExitCode == 0 ? Output : throw new ExternalProgramException($"could not {attempt}: {Program} said: {Errors.Trim().ReplaceLineEndings(" ")}");
}

/// <summary>A program of the host is missing or failed.</summary>
public sealed class ExternalProgramException(string message) : Exception(message);
