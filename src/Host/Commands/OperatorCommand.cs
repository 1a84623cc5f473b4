using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Slipway.Cli;
using Slipway.Client;
using Slipway.Host.Operator;
using Slipway.Host.Server;

namespace Slipway.Host.Commands;

/// <summary><c>slipway operator</c>: runs flows on any Kubernetes.</summary>
internal static class OperatorCommand
{
    /// <summary>Namespace of the operator's own objects.</summary>
    public const string DefaultNamespace = "slipway-system";

    /// <summary>Where the operator's container has its volume.</summary>
    public const string DefaultData = "/var/lib/slipway-operator";

    // What the Deployment tells the container of itself.
    private const string AddressVariable = "POD_IP", NameVariable = "POD_NAME";

    public static Command Create(CliContext context)
    {
        var kubeconfig = new Option<string?>("--kubeconfig") { Description = "The kubeconfig; by default the service account of the pod that it runs in, else KUBECONFIG or ~/.kube/config", HelpName = "FILE" };
        var kubeContext = new Option<string?>("--context") { Description = "A context of the kubeconfig; by default its current one", HelpName = "CONTEXT" };
        var ns = new Option<string?>("--namespace", "-n") { Description = $"Namespace of its Service, Lease and Secret; by default the pod's, or {DefaultNamespace}", HelpName = "NAMESPACE" };
        var data = new Option<string>("--data-dir") { Description = "Directory of the ledger and the artifacts; of several operators all have the same", HelpName = "DIR", DefaultValueFactory = _ => DefaultData };
        var image = new Option<string>("--image") { Description = "The image of this program, as the cluster's nodes find it", HelpName = "IMAGE", Required = true };
        var listen = new Option<string>("--listen") { Description = "Address and port to listen at", HelpName = "ADDRESS:PORT", DefaultValueFactory = _ => string.Create(CultureInfo.InvariantCulture, $"0.0.0.0:{OperatorOptions.DefaultPort}") };
        var advertise = new Option<string?>("--advertise") { Description = "Address and port at which the cluster's pods reach it; by default the pod's", HelpName = "ADDRESS:PORT" };
        listen.Validators.Add(result => CheckAddress(listen.Name, result));
        advertise.Validators.Add(result => CheckAddress(advertise.Name, result));
        var command = new Command("operator", "Run flows on any Kubernetes, in one of its pods or beside it") { kubeconfig, kubeContext, ns, data, image, listen, advertise };
        command.SetAction(async (parsed, cancellation) =>
        {
            var cluster = Cluster(parsed.GetValue(kubeconfig), parsed.GetValue(kubeContext));
            var place = IPEndPoint.Parse(parsed.GetRequiredValue(listen));
            var options = new OperatorOptions
            {
                Namespace = parsed.GetValue(ns) ?? (cluster.TokenFile is null ? null : cluster.Namespace) ?? DefaultNamespace,
                DataDirectory = Path.GetFullPath(parsed.GetRequiredValue(data)),
                Image = parsed.GetRequiredValue(image),
                Listen = place,
                Advertise = Advertised(parsed.GetValue(advertise), Environment.GetEnvironmentVariable(AddressVariable), place.Port),
                Candidate = $"{Environment.GetEnvironmentVariable(NameVariable) ?? Environment.MachineName}_{Guid.NewGuid().ToString("n")[..8]}",
            };
            using var logs = LoggerFactory.Create(logging => logging.AddProvider(new LineLogger(context.Error, context.Clock)).AddFilter("Microsoft", LogLevel.Warning));
            using var api = Open(cluster);
            try
            {
                Directory.CreateDirectory(options.DataDirectory);
                await OperatorRole.RunAsync(options, api, context.Clock, logs, cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandException(e.Message);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // Asked to end while it started.
            }
            return ExitCodes.Succeeded;
        });
        return command;
    }

    /// <summary>Where pods reach the operator.</summary>
    /// <exception cref="CommandException">Nobody has said.</exception>
    internal static IPEndPoint Advertised(string? option, string? podAddress, int port) =>
        option is not null ? IPEndPoint.Parse(option)
        : IPAddress.TryParse(podAddress, out var own) ? new(own, port)
        : throw new CommandException("the address at which the cluster's pods reach the operator is not known; give it with --advertise ADDRESS:PORT", ExitCodes.Usage);

    private static KubeconfigContext Cluster(string? file, string? context)
    {
        if (file is null && context is null && ServiceAccountContext.Find(Environment.GetEnvironmentVariable) is { } own) return own;
        var path = file ?? KubeconfigFile.Path;
        try
        {
            var kubeconfig = Kubeconfig.Read(path);
            return kubeconfig.Context(context) ?? throw new CommandException(
                context is null ? $"{path} has no current context; choose one with --context" : $"{path} has no context \"{context}\"; choose another with --context");
        }
        catch (InvalidDataException e)
        {
            throw new CommandException(e.Message);
        }
    }

    private static HttpsApi Open(KubeconfigContext cluster)
    {
        try
        {
            return new(cluster);
        }
        catch (InvalidDataException e)
        {
            throw new CommandException(e.Message);
        }
    }

    private static void CheckAddress(string option, OptionResult result)
    {
        if (result.Tokens is [var token] && !(IPEndPoint.TryParse(token.Value, out var address) && address.Port > 0))
            result.AddError($"{option} {token.Value} is no address with a port; give one such as 10.0.0.5:{OperatorOptions.DefaultPort}.");
    }
}
