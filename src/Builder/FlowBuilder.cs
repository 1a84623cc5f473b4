using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Builder;

/// <summary>Flows are not sound. The message has a line for each cause, with its field.</summary>
public sealed class InvalidFlowException : Exception
{
    internal InvalidFlowException(string flow, IReadOnlyList<StatusCause> causes)
        : base($"flow {flow} is not valid:\n{string.Join('\n', causes.Select(c => $"  {c.Field}: {c.Message}"))}") => Causes = causes;

    /// <summary>All that is wrong.</summary>
    public IReadOnlyList<StatusCause> Causes { get; }
}

/// <summary>
/// A flow in the making. It is made of the classes that the cluster reads (<see cref="FlowSpec"/>, <see cref="FlowTask"/>), which can be reached at any time for what
/// has no method here.
/// </summary>
/// <example>
/// <code>
/// var flow = new FlowBuilder("delays").Image("slipway.local/flights:1").Schedule("0 6 * * *", "Europe/Berlin");
/// var since = flow.Param("since", "2001-01-01");
/// var ingest = flow.Task("ingest", "flights", "ingest", "--since", since).WritesValue("months", "/out/months.json").WritesFile("raw", "/out/raw.parquet");
/// flow.Task("clean", "flights", "clean", "--month", Expression.Item).ForEach(ingest.Value("months")).Input("raw", ingest.File("raw"));
/// Console.Write(flow.ToYaml());
/// </code>
/// </example>
public sealed class FlowBuilder
{
    private const string Manager = "slipway-flows-builder";

    private readonly Flow flow;

    /// <param name="name">Name of the flow.</param>
    /// <param name="ns">Its namespace; that of whoever applies it if null.</param>
    public FlowBuilder(string name, string? ns = null) => flow = new Flow { Metadata = new() { Name = name, NamespaceProperty = ns } };

    /// <summary>What the flow does.</summary>
    public FlowSpec Spec => flow.Spec;

    /// <summary>The image of tasks that have none of their own.</summary>
    public FlowBuilder Image(string image) => Defaults(d => d.Image = image);

    /// <summary>Settings of tasks that have none of their own.</summary>
    public FlowBuilder Defaults(Action<TaskDefaults> change)
    {
        change(Spec.Defaults ??= new TaskDefaults());
        return this;
    }

    /// <summary>Starts runs by a schedule.</summary>
    public FlowBuilder Schedule(string cron, string? timeZone = null)
    {
        Spec.Schedule = new FlowSchedule { Cron = cron, TimeZone = timeZone };
        return this;
    }

    /// <summary>Starts a run when one of another flow of the namespace has succeeded, or has ended as <see cref="TriggerBuilder.On"/> says.</summary>
    public TriggerBuilder TriggerByFlow(string name, string flow) => Add(new FlowTrigger { Name = name, Flow = new() { Name = flow } });

    /// <summary>Starts a run when something is posted by who knows the key of a Secret of the namespace.</summary>
    public TriggerBuilder TriggerByWebhook(string name, string secret, string key) => Add(new FlowTrigger { Name = name, Webhook = new() { Secret = new() { Name = secret, Key = key } } });

    /// <summary>Starts a run when an object of a kind was added, or has changed as <see cref="TriggerBuilder.On"/> says.</summary>
    /// <param name="name">Name of the trigger.</param>
    /// <param name="apiVersion">Group and version of the kind, such as <c>batch/v1</c>.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="labelSelector">Which objects, by their labels; all if null.</param>
    public TriggerBuilder TriggerByResource(string name, string apiVersion, string kind, string? labelSelector = null) =>
        Add(new FlowTrigger { Name = name, Resource = new() { ApiVersion = apiVersion, Kind = kind, LabelSelector = labelSelector } });

    /// <summary>Starts a run when a file has come into a directory of the node.</summary>
    /// <param name="name">Name of the trigger.</param>
    /// <param name="directory">The directory, from the root on.</param>
    /// <param name="pattern">Which names count, such as <c>*.csv</c>; all if null.</param>
    /// <param name="interval">How long it is between two looks, such as <c>1m</c>; 10 seconds if null.</param>
    public TriggerBuilder TriggerByFiles(string name, string directory, string? pattern = null, string? interval = null) =>
        Add(new FlowTrigger { Name = name, Files = new() { Directory = directory, Pattern = pattern, Interval = interval } });

    /// <summary>Starts a run when an object has come into a bucket of an S3-compatible storage.</summary>
    /// <param name="name">Name of the trigger.</param>
    /// <param name="bucket">The bucket, and how it is reached.</param>
    public TriggerBuilder TriggerByBucket(string name, BucketTrigger bucket) => Add(new FlowTrigger { Name = name, Bucket = bucket });

    /// <summary>A parameter; without a default, each run must give it.</summary>
    /// <returns>The expression that reads it.</returns>
    public Expression Param(string name, JsonNode? defaultValue = null, string? type = null, string? description = null)
    {
        Spec.Params.Add(new FlowParam { Name = name, Default = defaultValue, Type = type, Description = description });
        return new Expression($"params.{name}");
    }

    /// <summary>A task with a command.</summary>
    public TaskBuilder Task(string name, params IEnumerable<string> command) => Add(Spec.Tasks, new FlowTask { Name = name }).Command(command);

    /// <summary>A task that calls another flow.</summary>
    public TaskBuilder Call(string name, string flow) => Add(Spec.Tasks, new FlowTask { Name = name, Flow = flow });

    /// <summary>A task that waits for a person.</summary>
    public TaskBuilder Approval(string name, string message) => Add(Spec.Tasks, new FlowTask { Name = name, Approve = new() { Message = message } });

    /// <summary>A task for the end, if one of the others has failed.</summary>
    public TaskBuilder OnFailure(string name, params IEnumerable<string> command) => Add(Spec.OnFailure ??= [], new FlowTask { Name = name }).Command(command);

    /// <summary>A task for the end, if none of the others has failed.</summary>
    public TaskBuilder OnSuccess(string name, params IEnumerable<string> command) => Add(Spec.OnSuccess ??= [], new FlowTask { Name = name }).Command(command);

    /// <summary>A task for the end in any case.</summary>
    public TaskBuilder Always(string name, params IEnumerable<string> command) => Add(Spec.Always ??= [], new FlowTask { Name = name }).Command(command);

    /// <summary>The flow.</summary>
    /// <exception cref="InvalidFlowException">It is not sound, as a cluster would say when it is applied.</exception>
    public Flow Build()
    {
        var causes = OwnKindCheck.Check(Document());
        return causes.Count == 0 ? flow : throw new InvalidFlowException(flow.Metadata.Name, causes);
    }

    /// <summary>The flow as a manifest.</summary>
    /// <exception cref="InvalidFlowException">It is not sound.</exception>
    public string ToYaml()
    {
        Build();
        return DocumentWriter.ToYaml(Document());
    }

    /// <summary>Brings the cluster of a kubeconfig to the flow, by server-side apply.</summary>
    /// <param name="context">A context of the kubeconfig; the current one if null.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidFlowException">The flow is not sound.</exception>
    /// <exception cref="ApiException">The cluster refuses it.</exception>
    /// <exception cref="InvalidDataException">The kubeconfig has no such context.</exception>
    public async Task ApplyAsync(string? context = null, CancellationToken cancellation = default)
    {
        var path = Kubeconfig.DefaultPath(Environment.GetEnvironmentVariable("KUBECONFIG"), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        var chosen = Kubeconfig.Read(path).Context(context) ?? throw new InvalidDataException($"{path} has no {(context is null ? "current context" : $"context {context}")}; name one, or another file with KUBECONFIG");
        using var api = new HttpsApi(chosen);
        await ApplyAsync(api, chosen.Namespace ?? "default", cancellation);
    }

    /// <summary>Brings a cluster to the flow, by server-side apply.</summary>
    /// <param name="api">The cluster.</param>
    /// <param name="ns">The namespace, unless the flow has one.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidFlowException">The flow is not sound.</exception>
    /// <exception cref="ApiException">The cluster refuses it.</exception>
    public async Task ApplyAsync(IApi api, string ns, CancellationToken cancellation = default)
    {
        Build();
        var (document, place) = (Document(), flow.Metadata.NamespaceProperty ?? ns);
        var path = $"/apis/{CustomKindAttribute.Group}/{CustomKindAttribute.Version}/namespaces/{Uri.EscapeDataString(place)}/flows/{Uri.EscapeDataString(flow.Metadata.Name)}";
        var request = new ApiRequest("PATCH", $"{path}?fieldManager={Manager}&force=true&fieldValidation=Strict") { Body = Encoding.UTF8.GetBytes(document.ToJsonString()), ContentType = MediaTypes.ApplyPatch };
        await api.SendForBodyAsync(request, cancellation);
    }

    private JsonObject Document() => JsonSerializer.SerializeToNode(flow, KindsJson.Default.Flow)!.AsObject();

    private TriggerBuilder Add(FlowTrigger trigger)
    {
        (Spec.Triggers ??= []).Add(trigger);
        return new TriggerBuilder(trigger);
    }

    private static TaskBuilder Add(List<FlowTask> tasks, FlowTask task)
    {
        tasks.Add(task);
        return new TaskBuilder(task);
    }
}
