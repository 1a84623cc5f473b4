using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Cli.Output;
using Slipway.Cli.Resources;
using Slipway.Host.Clusters;
using Slipway.Host.Images;
using Slipway.Node.Images;

namespace Slipway.Host.Commands;

/// <summary><c>slipway image</c>: builds, loads and lists the images of a cluster.</summary>
internal static class ImageCommand
{
    public static Command Create(CliContext context, ClusterRegistry clusters)
    {
        var images = new ClusterImages(clusters, context.Clock);
        return new Command("image", "Build, load and list images of a cluster, and export Slipway's own") { Build(context, clusters, images), Load(context, clusters, images), List(context, clusters, images), Export(context) };
    }

    private static Option<string?> Name()
    {
        var option = new Option<string?>("--name") { Description = "The cluster; by default that of the kubeconfig's current context", HelpName = "NAME" };
        option.Validators.Add(ClusterOptions.CheckName);
        return option;
    }

    private static Command Build(CliContext context, ClusterRegistry clusters, ClusterImages images)
    {
        var tag = new Option<string>("--tag", "-t") { Description = "Name of the image, such as slipway.local/app:1", HelpName = "TAG", Required = true };
        var dockerfile = new Option<string?>("--file", "-f") { Description = "The Dockerfile; by default the one in DIR", HelpName = "FILE" };
        var directory = new Argument<string>("DIR") { Description = "The directory that the Dockerfile copies from" };
        var name = Name();
        var command = new Command("build", "Build an image with buildah and put it into the cluster") { directory, tag, dockerfile };
        command.Options.Add(name);
        command.SetAction(async (parsed, cancellation) =>
        {
            var cluster = parsed.GetValue(name) ?? KubeconfigFile.CurrentCluster(clusters);
            var (image, imported) = await images.BuildAsync(cluster, parsed.GetRequiredValue(tag), parsed.GetValue(dockerfile), parsed.GetRequiredValue(directory), cancellation);
            await context.Out.WriteLineAsync(imported ? $"{image} is in cluster \"{cluster}\"." : $"{image} is unchanged in cluster \"{cluster}\".");
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static Command Load(CliContext context, ClusterRegistry clusters, ClusterImages images)
    {
        var file = new Argument<string>("FILE") { Description = "An OCI or docker archive (docker save, buildah push)" };
        var name = Name();
        var command = new Command("load", "Put the images of an archive into the cluster") { file };
        command.Options.Add(name);
        command.SetAction(async (parsed, cancellation) =>
        {
            var cluster = parsed.GetValue(name) ?? KubeconfigFile.CurrentCluster(clusters);
            foreach (var image in await images.LoadAsync(cluster, parsed.GetRequiredValue(file), cancellation))
                await context.Out.WriteLineAsync($"{image} is in cluster \"{cluster}\".");
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static Command List(CliContext context, ClusterRegistry clusters, ClusterImages images)
    {
        var name = Name();
        var output = OutputFormats.Option();
        var command = new Command("list", "List the images of the cluster") { output };
        command.Options.Add(name);
        command.SetAction(async (parsed, cancellation) =>
        {
            var all = await images.ListAsync(parsed.GetValue(name) ?? KubeconfigFile.CurrentCluster(clusters), cancellation);
            var format = OutputFormats.Parse(parsed.GetValue(output));
            if (format == OutputFormat.Table) await context.Out.WriteAsync(Table(all));
            else await DocumentPrinter.PrintAsync(context.Out, Document(all), format);
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static Command Export(CliContext context)
    {
        var file = new Argument<string>("FILE") { Description = "The OCI archive to write" };
        var tag = new Option<string>("--tag", "-t") { Description = "Name of the image", HelpName = "TAG", DefaultValueFactory = _ => OperatorImage.DefaultName };
        var arm64 = new Option<string?>("--arm64") { Description = "Include arm64: a directory with \"slipway\", an install of that architecture, and \"system\", the root of a system for it with glibc and OpenSSL 3", HelpName = "DIR" };
        var amd64 = new Option<string?>("--amd64") { Description = "The same for amd64, where this program is for arm64", HelpName = "DIR" };
        var command = new Command("export", "Write the image of the operator and of its containers beside tasks, to be pushed to a registry") { file, tag, arm64, amd64 };
        command.SetAction(async (parsed, _) =>
        {
            if (!ImageName.TryParse(parsed.GetRequiredValue(tag), out var name) || name!.Digest is not null)
                throw new CommandException($"\"{parsed.GetValue(tag)}\" is not the name of an image; give one such as registry.example/slipway:1", ExitCodes.Usage);
            var given = new Dictionary<OciArchitecture, string?> { [OciArchitecture.Amd64] = parsed.GetValue(amd64), [OciArchitecture.Arm64] = parsed.GetValue(arm64) };
            var images = OperatorImage.ComposeAll(name.ToString(), AppContext.BaseDirectory, given);
            var path = parsed.GetRequiredValue(file);
            OciArchive.Write(path, images);
            await context.Out.WriteLineAsync($"{path} holds {name} for {string.Join(" and ", images.Select(i => $"{i.Architecture}".ToLowerInvariant()))}.");
            var missing = given.Keys.Except(images.Select(i => i.Architecture)).Select(a => $"{a}".ToLowerInvariant()).ToList();
            if (missing.Count > 0) await context.Error.WriteLineAsync($"note: it has nothing for {missing[0]}; --{missing[0]} DIR adds that.");
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static string Table(IEnumerable<NodeImage> images) => TableView.Pad(
    [
        ["IMAGE", "ID", "SIZE"],
        .. from image in images
           from name in image.Tags.Count > 0 ? image.Tags : image.Digests
           orderby name
           select (IReadOnlyList<string>)[name, image.Id.Replace("sha256:", "", StringComparison.Ordinal)[..12], string.Create(CultureInfo.InvariantCulture, $"{image.Size / 1048576.0:0.0} MiB")],
    ]);

    private static JsonArray Document(IEnumerable<NodeImage> images) => new([.. images.Select(JsonNode (image) => new JsonObject
    {
        ["id"] = image.Id,
        ["names"] = new JsonArray([.. image.Tags.Select(t => (JsonNode)t)]),
        ["digests"] = new JsonArray([.. image.Digests.Select(d => (JsonNode)d)]),
        ["sizeBytes"] = image.Size,
    })]);
}
