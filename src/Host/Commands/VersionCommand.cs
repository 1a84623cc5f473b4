using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Cli.Output;

namespace Slipway.Host.Commands;

/// <summary><c>slipway version</c>: what this binary is.</summary>
internal static class VersionCommand
{
    public static Command Create(CliContext context)
    {
        var output = OutputFormats.Option();
        var command = new Command("version", "Print the version, the Kubernetes API level and the commit") { output };
        command.SetAction(async (parsed, _) =>
        {
            var format = OutputFormats.Parse(parsed.GetValue(output));
            if (format == OutputFormat.Table)
                await context.Out.WriteAsync($"Slipway     {ProductVersion.Slipway}\nKubernetes  {ProductVersion.Kubernetes}\nCommit      {ProductVersion.Commit}\n");
            else
                await DocumentPrinter.PrintAsync(context.Out, new JsonObject { ["slipway"] = ProductVersion.Slipway, ["kubernetes"] = ProductVersion.Kubernetes, ["commit"] = ProductVersion.Commit }, format);
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
