using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Cli;
using Slipway.Client;
using Slipway.Flows;
using Slipway.Host.Images;
using Slipway.Host.Pki;
using Slipway.Host.Server;

namespace Slipway.Host.Operator;

/// <summary>
/// The flow controllers on any Kubernetes. Several may run; the one that holds the Lease opens the ledger, serves artifacts and records, and acts. It uses
/// nothing but the Kubernetes API, with the rights that <see cref="InstallDocuments"/> lists.
/// </summary>
internal static class OperatorRole
{
    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="CommandException">It cannot start; the message says why.</exception>
    public static async Task RunAsync(OperatorOptions options, IApi api, TimeProvider clock, ILoggerFactory logs, CancellationToken cancellation)
    {
        var log = logs.CreateLogger("Slipway.Host.Operator");
        await RequireKindsAsync(api, cancellation);
        using var authority = await OperatorAuthority.EnsureAsync(api, options.Namespace, clock.GetUtcNow(), cancellation);
        var bundle = authority.ExportCertificatePem() + "\n";
        using var certificate = CertificateAuthority.IssueServer(authority, OperatorOptions.Name, [options.Host, $"{options.Host}.cluster.local"], [options.Advertise.Address, options.Listen.Address], clock.GetUtcNow());
        await using var endpoint = await OperatorEndpoint.StartAsync(options.Listen, certificate, await new ApiConnection(api, options.Namespace).WhoAmIAsync(cancellation), clock, logs, cancellation);
        log.LogInformation("{Candidate} listens at {Address}", options.Candidate, options.Listen);

        var election = new LeaderElection(api, OperatorOptions.Name, options.Candidate, clock, Random.Shared, logs.CreateLogger<LeaderElection>(), options.Namespace);
        await Loops.RunAsync([ended => election.RunAsync(ReignAsync, ended), ended => HeapTrim.RunAsync(clock, ended)], cancellation);

        async Task ReignAsync(CancellationToken reign)
        {
            await using var ledger = Ledger.Open(Path.Combine(options.DataDirectory, "ledger.db"));
            var places = new DeclaredPlaces(() => api, S3Place.Reach, StorePod.Reach(() => api, new(options.Image, OperatorImage.TaskProgram), clock), clock);
            var store = new ArtifactStore(Path.Combine(options.DataDirectory, "artifacts"), origin: new PlacedArtifacts(ledger, places));
            store.Prepare();
            endpoint.Services = new(new(api, ledger, store, clock), new(ledger, store), new(api, clock), new(() => api, ledger, clock));
            try
            {
                await OperatorPresence.AnnounceAsync(api, options, bundle, log, reign);
                var host = new ControllerHost(api, clock, logs);
                FlowControllers.Register(host, ledger, store, places, OutboundTransport.Create, new GatewayDelivery(new(options.Image, $"https://{options.Host}", bundle)));
                await host.RunAsync(reign);
            }
            finally
            {
                endpoint.Services = null;
            }
        }
    }

    /// <summary>The controllers wait until all that they read is listed: what an older installation lacks would hold all of them up without a word.</summary>
    /// <exception cref="CommandException">A kind is not there, or may not be listed.</exception>
    internal static async Task RequireKindsAsync(IApi api, CancellationToken cancellation)
    {
        (string Kind, string Path)[] kinds =
        [
            (FlowKinds.Flows.Kind, FlowKinds.Flows.CollectionPath(null)),
            (FlowKinds.Runs.Kind, FlowKinds.Runs.CollectionPath(null)),
            (FlowKinds.Backfills.Kind, FlowKinds.Backfills.CollectionPath(null)),
            (FlowKinds.LineageSinks.Kind, FlowKinds.LineageSinks.CollectionPath(null)),
            (FlowKinds.ArtifactStores.Kind, FlowKinds.ArtifactStores.CollectionPath(null)),
        ];
        try
        {
            foreach (var (kind, path) in kinds)
            {
                await using var response = await api.SendAsync(new("GET", path + "?limit=1"), cancellation);
                if (response.StatusCode == 404) throw new CommandException($"the cluster has no kind {kind}; run \"slipway install\" of this version first");
                if (!response.IsSuccess) throw new CommandException($"objects of kind {kind} cannot be listed (code {response.StatusCode}); the rights that an operator needs come with \"slipway install\" of this version");
            }
        }
        catch (IOException e)
        {
            throw new CommandException(e.Message);
        }
    }
}
