using System.Diagnostics;
using Slipway.Testing;

namespace Cli.Tests.Commands;

/// <summary>The scripts of completion in the shells that they are for, which ask a program that notes what it is asked.</summary>
public sealed class ShellScriptsTests : CommandFixture
{
    private const string Program = """
        #!/bin/sh
        printf '%s\n' "$2" >> "$0.asked"
        case "$2" in
            *'runs sh') echo show ;;
            *'show f-') printf 'f-1\nf-2\n' ;;
            *'runs --fl') echo --flow ;;
            *'--flow=') printf 'f\ng\n' ;;
            *'--flow=f') echo f ;;
        esac

        """;

    // What a line is completed to with a tab, and the key after it, is told by a widget of that key.
    private const string Zsh = """
        zmodload zsh/zpty
        zpty shell "zsh -f -i"
        zpty -w shell 'PS1= PS2=; setopt complete_in_word; autoload -Uz compinit; compinit -u -D; source script
            tell() { print -r -- "${(q)BUFFER}" >line; BUFFER=; zle -M "to""ld"; }
            zle -N tell; bindkey "^X" tell; print "rea""dy"'
        zpty -r shell seen '*ready*'
        zpty -w -n shell "$1"$'\t\x18'
        zpty -r shell seen '*told*'
        print -r -- ${(Q)"$(<line)"}
        """;

    private const string Fish = "source script; complete -C $argv[1]";

    private const string Bash = """
        source script
        COMP_LINE=$1 COMP_POINT=${#1}
        _slipway slipway
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    [Theory]
    // a line before the cursor -> what the program is asked; what the line comes to in zsh; what is offered for its last word by bash and by fish
    [InlineData("slipway runs sh", "slipway runs sh", "slipway runs show ", "show", "show")]
    [InlineData("slipway runs show f-", "slipway runs show f-", "slipway runs show f-", "f-1 f-2", "f-1 f-2")]
    [InlineData("slipway runs --fl", "slipway runs --fl", "slipway runs --flow ", "--flow", "--flow")]
    [InlineData("slipway runs --flow=", "slipway runs --flow=", "slipway runs --flow=", "f g", "--flow=f --flow=g")]
    [InlineData("slipway runs --flow=f", "slipway runs --flow=f", "slipway runs --flow=f ", "f", "--flow=f")]
    [InlineData("slipway apply -f fi", "slipway apply -f fi", "slipway apply -f file.yaml ", "", "file.yaml")] // bash adds files itself
    [InlineData("slipway up --config=fi", "slipway up --config=fi", "slipway up --config=file.yaml ", "", "--config=file.yaml")]
    public async Task A_shell_completes_a_line(string line, string asked, string zsh, string bash, string fish)
    {
        File("file.yaml", "");
        Assert.Equal((zsh, asked), await CompleteAsync("zsh", ["-f", "-c", Zsh, "zsh"], line));
        Assert.Equal((bash, asked), await CompleteAsync("bash", ["--norc", "-c", Bash, "bash"], line));
        Assert.Equal((fish, asked), await CompleteAsync("fish", ["--no-config", "-c", Fish], line));
    }

    [Fact]
    public async Task Zsh_loads_it_as_a_function_too()
    {
        File("_slipway", (await RunAsync("completion zsh")).Out);
        var script = Zsh.Replace("compinit -u -D; source script", "fpath=($PWD $fpath); compinit -u -D", StringComparison.Ordinal);
        Assert.Equal(("slipway runs show ", "slipway runs sh"), await CompleteAsync("zsh", ["-f", "-c", script, "zsh"], "slipway runs sh"));
    }

    /// <summary>What a shell makes of a line, its lines as one; and what it has asked.</summary>
    private async Task<(string Printed, string Asked)> CompleteAsync(string shell, string[] arguments, string line)
    {
        System.IO.File.SetUnixFileMode(File("slipway", Program), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File("script", (await RunAsync($"completion {shell}")).Out);
        var asked = File("slipway.asked", "");
        var start = new ProcessStartInfo(shell, [.. arguments, line]) { WorkingDirectory = Files, RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["PATH"] = $"{Files}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = Files;
        start.Environment["TERM"] = "dumb";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TestCluster.Patience);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            var printed = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (printed.TrimEnd('\n').Replace('\n', ' '), (await System.IO.File.ReadAllTextAsync(asked, limit.Token)).TrimEnd('\n'));
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
