using Slipway.Api;
using Slipway.ApiServer.Audit;
using Slipway.ApiServer.Authentication;
using Slipway.ApiServer.Encryption;
using Slipway.ApiServer.Services;

namespace Slipway.ApiServer;

/// <summary>What an API server is made with.</summary>
public sealed record ApiServerOptions
{
    /// <summary>How nodes' agents are reached for logs; null where there are none.</summary>
    public INodeTransport? Nodes { get; init; }

    /// <summary>Handlers that answer parts of the path space, as aggregated APIs do.</summary>
    public IReadOnlyList<IExtensionApi> Extensions { get; init; } = [];

    /// <summary>Whether what the server serves itself is told of in APIServices too, as kube-apiserver does.</summary>
    public bool RegistersItself { get; init; }

    /// <summary>Whether the cluster's nodes provide storage in their directories: the default storage class is created at the start where it is missing.</summary>
    public bool LocalStorage { get; init; }
    /// <summary>Common name of <see cref="FrontProxyCertificate"/>.</summary>
    public const string FrontProxyName = "front-proxy-client";

    /// <summary>
    /// The certificate that the server shows to servers behind APIServices, which tells them that it has told them truly who asks. It is
    /// of the authority in <see cref="TokenOptions.RootCertificate"/>, and its common name is <see cref="FrontProxyName"/>. Null
    /// for none: those servers then take nobody's word.
    /// </summary>
    public Func<System.Security.Cryptography.X509Certificates.X509Certificate2>? FrontProxyCertificate { get; init; }

    /// <summary>Whether new nodes are tainted as not ready. It takes a controller that removes the taint when they are.</summary>
    public bool TaintNewNodes { get; init; }

    /// <summary>
    /// Whether the controllers of flows run beside this server: who has started a run, decided on its tasks and stopped it is then what this server has seen.
    /// Otherwise they are an operator's, and so is that.
    /// </summary>
    public bool Flows { get; init; }

    /// <summary>Whether pods get a service account, which must exist. It takes a controller that makes each namespace's <c>default</c> one.</summary>
    public bool ServiceAccounts { get; init; }

    /// <summary>Whether pods get a volume with a token of their service account. It takes nodes that can mount such volumes.</summary>
    public bool MountServiceAccountTokens { get; init; }

    /// <summary>The addresses and ports that services are given.</summary>
    public ServiceOptions Services { get; init; } = new();

    /// <summary>Version of the server, shown as the build metadata of <c>gitVersion</c> in <c>/version</c>.</summary>
    public string Version { get; init; } = "slipway";

    /// <summary>Custom resource definitions that are installed at start and kept at this state.</summary>
    public IReadOnlyList<System.Text.Json.Nodes.JsonObject> Definitions { get; init; } = [];

    /// <summary>How tokens of service accounts are issued and recognized.</summary>
    public TokenOptions Tokens { get; init; } = new();

    /// <summary>Source of the random part of generated names and of uids.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>How often a watch with bookmarks gets one although nothing happens.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long past revisions can be listed and watched from.</summary>
    public TimeSpan History { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Answers what strangers post below <see cref="Authentication.Authenticator.HookPrefix"/>, which it checks itself; headers and body come as they are. Null if nobody does.</summary>
    public Func<ApiRequest, CancellationToken, ValueTask<ApiResponse>>? Hooks { get; init; }

    /// <summary>What is recorded of requests; null for nothing.</summary>
    public AuditOptions? Audit { get; init; }

    /// <summary>Whether nothing can be logged any longer, of which <c>/livez</c> tells as the check <c>log</c>.</summary>
    public Func<bool> IsLogBlocked { get; init; } = static () => false;

    /// <summary>What is encrypted before it reaches the store; null for nothing.</summary>
    public EncryptionOptions? Encryption { get; init; }

    /// <summary>How many requests of clients are worked on at the same time, those of exempt priority levels and lasting ones aside; the levels share this out.</summary>
    public int Concurrency { get; init; } = 600;

    /// <summary>How long an Event is kept after it was last written.</summary>
    public TimeSpan EventLifetime { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>A handler of one part of the path space, such as <c>/apis/ledger.slipway.dev/v1alpha1</c>.</summary>
public interface IExtensionApi
{
    /// <summary>Start of the paths that are handled: <c>/apis/&lt;group&gt;/&lt;version&gt;</c>.</summary>
    string PathPrefix { get; }

    /// <summary>
    /// Answers a request of an authorized user. At the start of the paths stands what is served, as discovery has it; at <c>/openapi/v2</c> the server
    /// asks for what it is.
    /// </summary>
    ValueTask<ApiResponse> SendAsync(UserInfo user, ApiRequest request, CancellationToken cancellation);
}
