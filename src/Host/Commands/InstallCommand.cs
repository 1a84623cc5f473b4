using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Cli;
using Slipway.Cli.Manifests;
using Slipway.Host.Images;
using Slipway.Host.Operator;

namespace Slipway.Host.Commands;

/// <summary><c>slipway install</c>: brings flows to any Kubernetes.</summary>
internal static class InstallCommand
{
    private const int MostReplicas = 9;

    public static Command Create(CliContext context)
    {
        var api = new ApiOptions();
        var dryRun = new Option<bool>("--dry-run") { Description = "Print the objects as YAML, and ask no cluster" };
        var image = new Option<string>("--image") { Description = "The image that \"slipway image export\" wrote, as the cluster's nodes find it", HelpName = "IMAGE", DefaultValueFactory = _ => OperatorImage.DefaultName };
        var replicas = new Option<int>("--replicas") { Description = "How many operators, of which one leads", HelpName = "COUNT", DefaultValueFactory = _ => 1 };
        var storage = new Option<string>("--storage") { Description = "Size of the volume of ledger and artifacts", HelpName = "SIZE", DefaultValueFactory = _ => "20Gi" };
        var storageClass = new Option<string?>("--storage-class") { Description = "Class of the volume; by default the cluster's", HelpName = "CLASS" };
        var accessMode = new Option<string>("--access-mode") { Description = "Access mode of the volume: ReadWriteMany for several operators on several nodes", HelpName = "MODE", DefaultValueFactory = _ => "ReadWriteOnce" };
        var beside = new Option<bool>("--without-deployment") { Description = "Leave out the Deployment and its volume: the operator runs beside the cluster" };
        accessMode.AcceptOnlyFromAmong("ReadWriteOnce", "ReadWriteMany", "ReadWriteOncePod");
        replicas.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var count) || count is < 1 or > MostReplicas)) result.AddError($"--replicas {token.Value} is no number of operators; give 1 to {MostReplicas}.");
        });
        storage.Validators.Add(result => CheckSize(storage.Name, result));
        var command = new Command("install", "Bring flows to any Kubernetes: definitions, rights, and an operator") { dryRun, image, replicas, storage, storageClass, accessMode, beside };
        command.Options.Add(api.Namespace);
        command.Options.Add(api.Cluster);
        command.Options.Add(api.Context);
        command.SetAction(async (parsed, cancellation) =>
        {
            var ns = parsed.GetValue(api.Namespace) ?? OperatorCommand.DefaultNamespace;
            var documents = InstallDocuments.For(new(
                ns, parsed.GetRequiredValue(image), parsed.GetValue(replicas), parsed.GetRequiredValue(storage), parsed.GetValue(storageClass), parsed.GetRequiredValue(accessMode), !parsed.GetValue(beside)));
            if (parsed.GetValue(dryRun)) await context.Out.WriteAsync(string.Join("---\n", documents.Select(d => DocumentWriter.ToYaml(d))));
            else await ApplyAsync(context, api.Connect(context, parsed), documents, cancellation);
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static async Task ApplyAsync(CliContext context, ApiConnection connection, IReadOnlyList<JsonObject> documents, CancellationToken cancellation)
    {
        using (connection)
        {
            // What an earlier version has applied is this one's too.
            var application = new Application(connection, force: true);
            foreach (var document in documents)
            {
                var applied = await application.ApplyAsync(new Manifest("install", document), cancellation);
                await context.Out.WriteLineAsync($"{applied.Label} {applied.Outcome}");
            }
        }
    }

    private static void CheckSize(string option, OptionResult result)
    {
        if (result.Tokens is [var token] && !(Quantity.TryParse(token.Value, out var size) && size.ToBytes() > 0)) result.AddError($"{option} {token.Value} is no size; give one such as 20Gi.");
    }
}
