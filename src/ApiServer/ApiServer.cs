using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Admission;
using Slipway.ApiServer.Admission.Webhooks;
using Slipway.ApiServer.Admission.Policies;
using Slipway.ApiServer.Admission.Defaults;
using Slipway.ApiServer.Admission.Scheduling;
using Slipway.ApiServer.Agents;
using Slipway.ApiServer.Aggregation;
using Slipway.ApiServer.Audit;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Authorization.Defaults;
using Slipway.ApiServer.Authorization.Nodes;
using Slipway.ApiServer.Authorization.Rbac;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.CustomResources;
using Slipway.ApiServer.CustomResources.Conversion;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Discovery;
using Slipway.ApiServer.Encryption;
using Slipway.ApiServer.FlowControl;
using Slipway.ApiServer.Metrics;
using Slipway.ApiServer.Reads;
using Slipway.ApiServer.Services;
using Slipway.ApiServer.Serving;
using Slipway.ApiServer.Subresources;
using Slipway.ApiServer.Subresources.Connections;
using Slipway.ApiServer.Subresources.Evicting;
using Slipway.ApiServer.Usage;
using Slipway.ApiServer.Webhooks;
using Slipway.ApiServer.Wire;
using Slipway.ApiServer.Writes;
using Slipway.Storage;

namespace Slipway.ApiServer;

/// <summary>
/// The Kubernetes API over a store. Call <see cref="StartAsync"/> once; then requests come in process through
/// <see cref="For"/>, and over HTTPS after <see cref="ListenAsync"/>.
/// </summary>
/// <remarks>
/// A write goes router → authenticate → authorize → decode and validate strictly → default → admit → commit at the expected
/// revision → watch cache → watchers. A read comes from the watch cache, which only the store's watch feeds.
/// </remarks>
public sealed class ApiServer : IAsyncDisposable
{
    private static readonly UserInfo Self = new("system:apiserver", [UserInfo.Masters, UserInfo.Authenticated]);

    private readonly ApiServerOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ILoggerFactory _logs;
    private readonly EncryptedStore? _encrypted;
    private readonly CacheFeed _feed;
    private readonly CustomResourceService _definitions;
    private readonly ServerMetrics _metrics;
    private readonly ObservedDispatcher _dispatcher;
    private readonly AuditLog? _audit;
    private readonly PriorityAndFairness _flows;
    private readonly Housekeeping _housekeeping;
    private readonly DefaultPolicy _policy;
    private readonly ServiceAccountTokens _tokens;
    private readonly Authorizer _authorizer;
    private readonly Identification _identification;
    private readonly ServiceAllocator _services;
    private readonly HttpForward _forward = new();
    private readonly Aggregator _aggregator;
    private readonly AvailabilityLoop _availability;
    private readonly DefinitionCleanup _cleanup;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly StartHooks _hooks = new();

    /// <param name="store">Where objects are kept. Not disposed with the server.</param>
    /// <param name="options">What the server is made with.</param>
    /// <param name="clock">Time of timestamps, deadlines and timers.</param>
    /// <param name="logs">Where failures are reported.</param>
    public ApiServer(IStore store, ApiServerOptions options, TimeProvider clock, ILoggerFactory logs)
    {
        _options = options;
        _policy = DefaultPolicy.Load(options.Flows);
        _clock = clock;
        _logs = logs;
        _log = logs.CreateLogger<ApiServer>();
        _encrypted = options.Encryption is { } encryption
            ? new EncryptedStore(store, [.. encryption.Resources.Select(r => ServedResource.PrefixOf(r.Group, r.Plural))], encryption.Keys)
            : null;
        store = _encrypted ?? store;
        _feed = new CacheFeed(store, clock, _log);
        var identities = new Identities(options.Random);
        var endpoints = new ServiceEndpoints(_feed);
        var connections = new TrustedConnections(endpoints, clock);
        var webhooks = new WebhookClient(connections, clock);
        var metrics = _metrics = new ServerMetrics(VersionDocument.GitVersion(options.Version));
        var conversion = new ConversionServices(webhooks, identities, metrics.Conversions, clock);
        _definitions = new CustomResourceService(BuiltInKinds.All, _feed, definition => ConversionWebhook.Of(definition, conversion), clock, _log);
        _housekeeping = new Housekeeping(store, _feed, options, clock, _log);

        var bound = new BoundObjects(_feed);
        _tokens = new ServiceAccountTokens(options.Tokens, bound, clock);
        var graph = new NodeGraph(_feed);
        var authorizer = _authorizer = new Authorizer(new NodeAuthorizer(graph.Relates, _policy.RulesOf("system:node")), new NamedSecrets(_feed, options.Flows), options.Flows ? new StorePods(_feed) : null, new PolicyIndex(_feed));
        _identification = new Identification(new Authenticator(_tokens), authorizer, metrics.Authentication, clock);

        var reader = new ObjectReader(store, _feed, metrics.Store, clock);
        var committer = new Committer(store, _feed, metrics.Store, clock);
        var acceptance = new DefinitionAcceptance(_feed, _definitions);
        var admission = new AdmissionChain(
            AdmissionPlugins.InOrder(
                _feed, authorizer, new TokenSecrets(_tokens, bound, options.Tokens), committer, () => _definitions.Catalog,
                new WebhookCaller(webhooks, authorizer, identities, metrics.Webhooks, clock, _log), identities, options, clock),
            _feed, committer, metrics.Admission, clock);
        _services = new ServiceAllocator(store, _feed, options.Services, options.Random, identities.NewUid(), clock);
        var creation = new Creation(committer, admission, acceptance, _services, identities, clock);
        var update = new Update(reader, committer, admission, acceptance, _services, creation, clock);
        var deletion = new Deletion(reader, committer, admission, acceptance, clock);
        _cleanup = new DefinitionCleanup(_feed, deletion, Self, clock);
        var writers = new Writers(
            creation,
            update,
            new Patching(update, creation, clock),
            deletion,
            new Binding(reader, committer, admission, clock),
            new Scaling(reader, update, clock),
            new Evictions(reader, _definitions, admission, For(Self), clock));
        _aggregator = new Aggregator(_feed, () => _definitions.Catalog, connections, options);
        var openApi = new ExtensionOpenApi(_aggregator, clock);
        _availability = new AvailabilityLoop(_aggregator, openApi, endpoints, metrics.Aggregation, _feed, clock);
        _audit = options.Audit is { } audit ? new AuditLog(audit.File, clock, _log) : null;
        var dispatcher = new Dispatcher(
            options, _definitions, _feed, reader, new Presenters(clock), writers,
            new PodLogs(reader, options.Nodes),
            new PodStreams(reader, admission, authorizer, options.Nodes),
            new Proxies(reader, admission, authorizer, endpoints, _forward, options.Nodes),
            new Descriptions(options, _definitions, () => _availability.Resources, openApi, new HealthChecks(HealthChecks.Of(store, _feed, _hooks, options.IsLogBlocked, () => _stop.IsCancellationRequested), clock, _log)),
            new ComponentStatuses(_feed),
            new UsageMetrics(reader, () => _definitions.Catalog, new NodeUsages(options.Nodes, clock), _feed, clock),
            _aggregator,
            authorizer,
            new Reviews(admission, authorizer, _tokens),
            new TokenRequests(admission, _tokens, bound, options.Tokens, identities, clock),
            new OidcDiscovery(options.Tokens, _tokens),
            metrics,
            clock, _log);
        _flows = new PriorityAndFairness(_feed, options.Concurrency, metrics.FlowControl, clock);
        metrics.BeforeRead(_flows.Measure);
        metrics.BeforeRead(asked => metrics.Store.MeasureAsync(store, clock, asked));
        if (_audit is { } written) metrics.BeforeRead(() => metrics.Audit.TellLost(written.Lost));
        _dispatcher = new ObservedDispatcher(
            dispatcher, _definitions, _flows, metrics.Requests, _audit is null ? null : new Auditor(options.Audit!.Policy, _audit, metrics.Audit, clock), clock);
    }

    /// <summary>Fills the caches, and creates the system namespaces, the default roles and Slipway's own kinds where they are missing.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _audit?.Start();
        await _feed.LoadAsync(cancellation);
        _definitions.Rebuild();
        _running.Add(_hooks.Loop("generic-apiserver-start-informers", _feed.RunAsync(_options.BookmarkInterval, _stop.Token)));

        var self = For(Self);
        var objects = new SystemObjects(self, _feed, _options.Services, _clock, _log);
        await _hooks.StepAsync("start-system-namespaces-controller", () => objects.CreateNamespacesAsync(cancellation));
        await _hooks.StepAsync("bootstrap-controller", () => objects.CreateServiceAsync(cancellation));
        await _hooks.StepAsync("scheduling/bootstrap-system-priority-classes", () =>
            Task.WhenAll(PriorityClassView.System.Select(priority => objects.CreateAsync("/apis/scheduling.k8s.io/v1/priorityclasses", priority, cancellation))));
        var dangling = new DanglingLoop(_flows, _feed, _clock, _log);
        await _hooks.StepAsync("priority-and-fairness-config-producer", async () =>
        {
            await objects.CreateFlowControlAsync(cancellation);
            await dangling.SettleAsync(self, cancellation);
        });
        await _hooks.StepAsync("rbac/bootstrap-roles", () => new DefaultPolicyInstaller(_feed, self).InstallAsync(_policy, cancellation));
        if (_options.LocalStorage)
            await _hooks.StepAsync("storage/local-path-class", () => objects.CreateAsync(LocalPathClass.Collection, LocalPathClass.Document, cancellation));
        if (_options.Tokens.RootCertificate is { } authority)
            await ApplyAsync(self, "/api/v1/namespaces/kube-system/configmaps", IdentityHeaders.Configuration(authority), cancellation);
        await _hooks.StepAsync("crd-informer-synced", async () =>
        {
            foreach (var definition in OwnKinds.Definitions.Concat(_options.Definitions)) await InstallAsync(self, definition, cancellation);
        });

        _running.Add(_hooks.Loop("start-apiextensions-controllers", _definitions.RunAsync(_cleanup, self, _stop.Token)));
        _running.Add(new PolicyStatusLoop(_feed, () => _definitions.Catalog, _clock, _log).RunAsync(self, _stop.Token));
        _running.Add(_hooks.Loop("priority-and-fairness-config-consumer", dangling.RunAsync(self, _stop.Token)));
        _running.Add(_availability.RunAsync(self, _stop.Token));
        if (_options.RegistersItself)
            _running.Add(_hooks.Loop("kube-apiserver-autoregistration", new LocalApiLoop(_feed, () => _definitions.Catalog, _aggregator, _options, _clock, _log).RunAsync(self, _stop.Token)));
        _running.Add(objects.RunAsync(_stop.Token));
        _running.Add(_housekeeping.RunAsync(_stop.Token));
    }

    /// <summary>Where other parts of the process have their figures told at <c>/metrics</c>.</summary>
    public Prometheus.IMetricFactory Metrics => _metrics.Factory;

    /// <summary>The API in process, as one user.</summary>
    public IApi For(UserInfo user) => new InProcessApi(this, user);

    /// <summary>Answers one request of an authenticated user. Refusals are responses with a <c>Status</c>.</summary>
    public async ValueTask<ApiResponse> HandleAsync(UserInfo user, ApiRequest request, CancellationToken cancellation) =>
        (await _dispatcher.DispatchAtOnceAsync(user, request, cancellation)).ToResponse();

    /// <summary>Encrypts anew what is stored in plaintext or with an older key; returns how many objects that were.</summary>
    /// <exception cref="IOException">The store failed; what is written is written.</exception>
    public Task<int> ResealAsync(CancellationToken cancellation) => _encrypted?.ResealAsync(cancellation) ?? Task.FromResult(0);

    /// <summary>Serves the API over TLS until the endpoint or the server is disposed.</summary>
    /// <exception cref="IOException">An address is in use or not this machine's.</exception>
    public Task<HttpsEndpoint> ListenAsync(HttpsOptions options, CancellationToken cancellation)
    {
        var agent = options.Agent is { } asked
            ? new AgentTarget(asked.Node, _options.Nodes ?? throw new ArgumentException("options.Agent needs the server's options to say how nodes are reached", nameof(options)), _authorizer, _log)
            : null;
        return HttpsEndpoint.StartAsync(options, _identification, _dispatcher, agent, _clock, _logs, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var task in _running) await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        if (_audit is not null) await _audit.DisposeAsync();
        _services.Dispose();
        _forward.Dispose();
        _aggregator.Dispose();
    }

    private static async Task ApplyAsync(IApi api, string path, JsonObject document, CancellationToken cancellation)
    {
        var request = new ApiRequest("PATCH", $"{path}/{document.Name}?fieldManager=slipway&force=true") { Body = JsonBytes.Of(document), ContentType = MediaTypes.ApplyPatch };
        await using var response = await api.SendAsync(request, cancellation);
        if (!response.IsSuccess) throw SystemObjects.Failed(document.Name, response);
    }

    // A definition follows the program: what the store has from an older one is replaced.
    private static async ValueTask InstallAsync(IApi api, JsonObject definition, CancellationToken cancellation)
    {
        const string path = $"/apis/{CustomResourceService.Group}/v1/{CustomResourceService.Plural}";
        var name = definition.Name;
        var wanted = (JsonObject)definition.DeepClone();
        await using var found = await api.SendAsync(new ApiRequest("GET", $"{path}/{name}"), cancellation);
        if (!found.IsSuccess)
        {
            await using var created = await api.SendAsync(new ApiRequest("POST", path) { Body = JsonBytes.Of(wanted) }, cancellation);
            if (created.IsSuccess) return;
            if (created.StatusCode != 409) throw SystemObjects.Failed(name, created);
            // Another server was first, and has made it the same if it is of the same version.
            await InstallAsync(api, definition, cancellation);
            return;
        }
        wanted.ResourceVersion = DocumentReader.ParseJson(found.Body.Span).ResourceVersion;
        await using var written = await api.SendAsync(new ApiRequest("PUT", $"{path}/{name}") { Body = JsonBytes.Of(wanted) }, cancellation);
        if (written.StatusCode == 409)
        {
            await InstallAsync(api, definition, cancellation);
            return;
        }
        if (!written.IsSuccess) throw SystemObjects.Failed(name, written);
    }

    private sealed class InProcessApi(ApiServer server, UserInfo user) : IApi
    {
        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation) =>
            server._metrics.Clients.ObserveAsync(request, request.ActAs.Length == 0 ? server.HandleAsync(user, request, cancellation) : ActAsync(request, cancellation), server._clock);

        private async ValueTask<ApiResponse> ActAsync(ApiRequest request, CancellationToken cancellation)
        {
            UserInfo other;
            try
            {
                other = Impersonation.Of(user, request.ActAs, server._authorizer);
            }
            catch (ApiException refusal)
            {
                return (await server._dispatcher.RefuseAsync(user, request, refusal, recorded: null, cancellation)).ToResponse();
            }
            return await server.HandleAsync(other, request, cancellation);
        }
    }
}
