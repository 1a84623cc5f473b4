using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>What starts a run of a flow besides schedules and people. Expressions of it read what has happened as event.</summary>
public sealed class FlowTrigger
{
    /// <summary>Name within the flow: lower-case letters, digits and dashes. Runs carry it as the label slipway.dev/trigger.</summary>
    [JsonPropertyName("name"), Field(Required = true, Pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$", MaxLength = 20)]
    public string Name { get; set; } = "";

    /// <summary>A run of another flow of the namespace has ended. event has run, flow, phase, message, params and values, what the flow's outputs give.</summary>
    [JsonPropertyName("flow")]
    public FlowEndTrigger? Flow { get; set; }

    /// <summary>
    /// Something is posted to /hooks/NAMESPACE/FLOW/TRIGGER of the API server, or of the operator. event has body, headers (with small letters) and id, which the sender
    /// gives to what it posts.
    /// </summary>
    [JsonPropertyName("webhook")]
    public WebhookTrigger? Webhook { get; set; }

    /// <summary>
    /// An object has changed. event has type, object, and oldObject: what it was before, null if it was not there or if nobody knows.
    /// </summary>
    [JsonPropertyName("resource")]
    public ResourceTrigger? Resource { get; set; }

    /// <summary>A file has come into a directory of the node. event has name, path, size (bytes) and modified (the time). Not with an operator on another Kubernetes.</summary>
    [JsonPropertyName("files")]
    public FilesTrigger? Files { get; set; }

    /// <summary>An object has come into a bucket. event has bucket, key, name (the key after its last /), size (bytes), modified (the time) and etag.</summary>
    [JsonPropertyName("bucket")]
    public BucketTrigger? Bucket { get; set; }

    /// <summary>A condition in CEL on event; what does not fulfil it starts nothing.</summary>
    [JsonPropertyName("when")]
    public string? When { get; set; }

    /// <summary>Values of the flow's parameters in runs of this trigger, of any JSON type; texts may hold expressions that read event.</summary>
    [JsonPropertyName("params")]
    public Dictionary<string, JsonNode?>? Params { get; set; }

    /// <summary>Whether nothing is started. What happens meanwhile starts nothing later, either.</summary>
    [JsonPropertyName("suspend")]
    public bool? Suspend { get; set; }

    /// <summary>How many ended runs of this trigger are kept, the newest; 10 if not given. The records of all stay in the ledger.</summary>
    [JsonPropertyName("historyLimit"), Field(Minimum = 0, Maximum = 10_000)]
    public int? HistoryLimit { get; set; }

    /// <summary>What the trigger waits for, as one line: another text is another trigger, which begins anew.</summary>
    [JsonIgnore]
    public string Source => Flow is { } flow
        ? $"{Suspended}flow {flow.Name} {string.Join(",", flow.Ends)}{Condition}"
        : Webhook is not null ? "webhook"
        : Resource is { } resource ? $"{Suspended}{resource.Source}{Condition}"
        : Files is { } files ? $"{Suspended}files {files.Directory} {files.Pattern}{Condition}"
        : Bucket is { } bucket ? $"{Suspended}bucket {bucket.Endpoint} {bucket.Bucket} {bucket.Prefix} {bucket.Pattern}{Condition}" : "";

    private string Suspended => Suspend == true ? "suspended " : "";

    private string Condition => When is null ? "" : $" when {When}";
}

/// <summary>A webhook.</summary>
public sealed class WebhookTrigger
{
    /// <summary>
    /// The key of a Secret of the namespace that senders know: they show it in the header X-Slipway-Token or X-Gitlab-Token, or sign the body with it (sha256= and the HMAC in
    /// hexadecimal digits) in X-Slipway-Signature or X-Hub-Signature-256, as GitHub does.
    /// </summary>
    [JsonPropertyName("secret"), Field(Required = true)]
    public TaskKeyReference Secret { get; set; } = new();
}

/// <summary>The end of a run of another flow.</summary>
public sealed class FlowEndTrigger
{
    /// <summary>Name of the flow, in the same namespace.</summary>
    [JsonPropertyName("name"), Field(Required = true, MinLength = 1)]
    public string Name { get; set; } = "";

    /// <summary>Which ends count: Succeeded, Failed or both; Succeeded if not given.</summary>
    [JsonPropertyName("phases")]
    public List<string>? Phases { get; set; }

    /// <summary>The phases that count.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Ends => Phases ?? [FlowPhase.Succeeded];
}

/// <summary>
/// A change of an object of a kind. It is seen with the rights of a service account of the flow's namespace, which must be allowed to list and watch the kind. What the
/// flow's own runs consist of does not count.
/// </summary>
public sealed class ResourceTrigger
{
    public const string Added = "Added";
    public const string Modified = "Modified";
    public const string Deleted = "Deleted";

    /// <summary>All namespaces.</summary>
    public const string Everywhere = "*";

    /// <summary>Group and version of the kind, such as apps/v1; v1 for the core group.</summary>
    [JsonPropertyName("apiVersion"), Field(Required = true, MinLength = 1)]
    public string ApiVersion { get; set; } = "";

    /// <summary>The kind, such as ConfigMap.</summary>
    [JsonPropertyName("kind"), Field(Required = true, MinLength = 1)]
    public string Kind { get; set; } = "";

    /// <summary>Where the objects are; the flow's own namespace if not given, "*" for all. Not for kinds that are in no namespace.</summary>
    [JsonPropertyName("namespace")]
    public string? Namespace { get; set; }

    /// <summary>Which objects, by their labels, such as app=web,tier!=test; all if not given.</summary>
    [JsonPropertyName("labelSelector")]
    public string? LabelSelector { get; set; }

    /// <summary>Which changes count: Added, Modified (any write that changes something, of status too), Deleted; Added if not given.</summary>
    [JsonPropertyName("changes")]
    public List<string>? Changes { get; set; }

    /// <summary>Whose rights count: a service account of the flow's namespace. That of the flow's defaults if not given, or the namespace's default.</summary>
    [JsonPropertyName("serviceAccountName")]
    public string? ServiceAccountName { get; set; }

    /// <summary>The changes that count.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Counted => Changes ?? [Added];

    /// <summary>What is waited for, as one line.</summary>
    [JsonIgnore]
    internal string Source => $"resource {ApiVersion} {Kind}{(Namespace is null ? "" : $" in {Namespace}")}{(LabelSelector is null ? "" : $" ({LabelSelector})")} {string.Join(",", Counted)}";
}

/// <summary>
/// A file in a directory of the node that the server runs on. It counts when its size and time are the same at two looks, so that nobody writes it any more. Only in namespaces whose
/// pods may have directories of the node.
/// </summary>
public sealed class FilesTrigger
{
    /// <summary>The directory, from the root on, such as /data/incoming. Those below it are not looked into.</summary>
    [JsonPropertyName("directory"), Field(Required = true, Pattern = "^/")]
    public string Directory { get; set; } = "";

    /// <summary>Which names count: * is any text, ? any character. All if not given, but for those that begin with a dot.</summary>
    [JsonPropertyName("pattern"), Field(MinLength = 1)]
    public string? Pattern { get; set; }

    /// <summary>How long it is between two looks, such as 1m; 10s if not given, from 1s to 24h.</summary>
    [JsonPropertyName("interval")]
    public string? Interval { get; set; }

    /// <summary>How long it is between two looks.</summary>
    [JsonIgnore]
    public TimeSpan Every => LookInterval.TryParse(Interval, out var every) ? every : TimeSpan.FromSeconds(10);
}

/// <summary>How far a trigger is.</summary>
public sealed class FlowTriggerStatus
{
    /// <summary>Name of the trigger.</summary>
    [JsonPropertyName("name"), Field(Required = true)]
    public string Name { get; set; } = "";

    /// <summary>What it waits for. A trigger that is changed begins anew.</summary>
    [JsonPropertyName("source")]
    public string? Source { get; set; }

    /// <summary>What happened before is not looked at.</summary>
    [JsonPropertyName("since"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? Since { get; set; }

    /// <summary>Of a resource, up to which resource version its changes are dealt with.</summary>
    [JsonPropertyName("position")]
    public string? Position { get; set; }

    /// <summary>Why nothing is seen or started at the moment, such as a right that is missing.</summary>
    [JsonPropertyName("blocked")]
    public string? Blocked { get; set; }

    /// <summary>Of a webhook, where it is posted to.</summary>
    [JsonPropertyName("path")]
    public string? Path { get; set; }

    /// <summary>The last run that it has started.</summary>
    [JsonPropertyName("lastRun")]
    public string? LastRun { get; set; }

    /// <summary>When that was.</summary>
    [JsonPropertyName("lastTime"), JsonConverter(typeof(PreciseTimeConverter))]
    public DateTime? LastTime { get; set; }

    /// <summary>What has happened last without that a run could be started, and why not.</summary>
    [JsonPropertyName("problem")]
    public string? Problem { get; set; }
}
