using System.CommandLine;
using Slipway.Cli;

namespace Slipway.Host;

/// <summary>The command line is a contract: each change of a help text shows as a diff of its snapshot.</summary>
public sealed class HelpTests
{
    public static TheoryData<string> CommandLines => [.. Walk(SlipwayCommand.Create(Context(new StringWriter(), new StringWriter())), "")];

    [Theory]
    [MemberData(nameof(CommandLines))]
    public async Task The_help_of_a_command_is_its_snapshot(string commandLine)
    {
        var output = new StringWriter { NewLine = "\n" };
        var exitCode = await RunAsync([.. commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"], output, new StringWriter());
        Assert.Equal(ExitCodes.Succeeded, exitCode);
        Snapshot.Matches($"{(commandLine.Length == 0 ? "slipway" : commandLine.Replace(' ', '-'))}.txt", output.ToString().Replace(RootCommand.ExecutableName, "slipway", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gte pods", "\"gte\" is not a command, did you mean \"get\"?")]
    [InlineData("up --api-port lots", "--api-port lots is not a TCP port; give a number from 1 to 65535.")]
    [InlineData("up --store etcd.example", "--store: \"etcd.example\" is no endpoint of etcd; give https://HOST:PORT, or several with commas between them.")]
    [InlineData("up --store-cafile ca.crt", "--store-cafile belongs to --store, which is missing.")]
    [InlineData("up --store https://a --store-certfile a.crt", "--store-certfile and --store-keyfile belong together; give both or neither.")]
    [InlineData("up --ledger Host=db;Password=x", "--ledger: it has a Password, which everybody could read")]
    [InlineData("up --ledger Database=x", "--ledger: it names no Host; write Host=HOST;Database=NAME;Username=USER;Passfile=FILE.")]
    [InlineData("up --audit-log-maxsize 0", "--audit-log-maxsize 0 is no number of MiB; give 1 or more.")]
    [InlineData("server --audit-log-maxage long", "--audit-log-maxage long is no number of days; give 0 or more.")]
    [InlineData("up --ingress-http-port 70000", "--ingress-http-port 70000 is not a TCP port; give a number from 1 to 65535.")]
    [InlineData("up --ingress-http-port 81 --ingress-https-port 81", "--ingress-http-port and --ingress-https-port are both 81; give two ports.")]
    [InlineData("up --name My_Cluster", "The cluster name \"My_Cluster\" may hold only lower-case letters, digits and hyphens.")]
    [InlineData("get", "KIND is missing")]
    [InlineData("get pods --selectr a=b", "\"--selectr\" is not an option of this command, did you mean \"--selector\"?")]
    [InlineData("up now", "\"now\" is one argument too many")]
    [InlineData("get pods -o xml", "xml")]
    [InlineData("apply", "--filename")]
    public async Task A_wrong_command_line_is_told_in_a_sentence_and_exits_with_2(string commandLine, string named)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        Assert.Equal(ExitCodes.Usage, await RunAsync(commandLine.Split(' '), output, errors));
        Assert.Empty(output.ToString());
        var line = Assert.Single(errors.ToString().TrimEnd('\n').Split('\n'));
        Assert.StartsWith("error: ", line);
        Assert.Contains(named, line);
        Assert.EndsWith("--help\".", line);
    }

    private static Task<int> RunAsync(string[] arguments, StringWriter output, StringWriter errors)
    {
        var context = Context(output, errors);
        return CommandLineProgram.RunAsync(SlipwayCommand.Create(context), arguments, context, TestContext.Current.CancellationToken);
    }

    private static CliContext Context(TextWriter output, TextWriter errors) => new()
    {
        In = Stream.Null,
        Out = output,
        Error = errors,
        IsTerminal = false,
        Clock = TimeProvider.System,
        Connect = _ => throw new CommandException("no cluster"),
    };

    private static IEnumerable<string> Walk(Command command, string path) =>
        command.Subcommands.SelectMany(sub => Walk(sub, $"{path} {sub.Name}".Trim())).Prepend(path);
}
