using System.CommandLine;
using System.Security.Cryptography;
using Slipway.Cli.Output;
using Slipway.Cli.Runs;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway lineage</c>: which run made a file, from what, and what was made of it.</summary>
public static class LineageCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var artifact = new Argument<string>("FILE|SHA256") { Description = "A file, wherever it came from, or the hash of an artifact; the first twelve digits or more are enough" };
        var depth = new Option<int>("--depth") { Description = "How many steps in each direction", HelpName = "N", DefaultValueFactory = _ => 20 };
        var options = new ApiOptions();
        var command = new Command("lineage", "Show which run made a file, from what, and what was made of it") { artifact, depth };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var format = options.Format(parsed);
            using var connection = options.Connect(context, parsed);
            var ledger = new LedgerClient(connection);
            var wanted = parsed.GetRequiredValue(artifact);
            var sha256 = File.Exists(wanted) ? await HashAsync(wanted, cancellation) : IsHash(wanted) ? wanted : throw new CommandException($"there is no file {wanted}, and it is no SHA-256 of at least 12 hexadecimal digits");
            var root = await ledger.LineageAsync(sha256, cancellation)
                ?? throw new CommandException($"no run of namespace {connection.Namespace} has read or left {(wanted == sha256 ? sha256 : $"{wanted} ({sha256})")}");
            if (format != OutputFormat.Table) await DocumentPrinter.PrintAsync(context.Out, root, format);
            else await context.Out.WriteAsync(await new LineageTree(hash => ledger.LineageAsync(hash, cancellation)).DrawAsync(root, Math.Max(1, parsed.GetValue(depth))));
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static async Task<string> HashAsync(string file, CancellationToken cancellation)
    {
        await using var content = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation));
    }

    private static bool IsHash(string text) => text.Length is >= 12 and <= 64 && text.All(char.IsAsciiHexDigitLower);
}
