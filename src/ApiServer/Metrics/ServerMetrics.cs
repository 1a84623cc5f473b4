using System.Diagnostics;
using Prometheus;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Discovery;
using Slipway.ApiServer.FlowControl;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Metrics;

/// <summary>
/// What the server tells at <c>/metrics</c>, in the text format of Prometheus
/// (<see href="https://prometheus.io/docs/instrumenting/exposition_formats/"/>). Where Kubernetes has a name for a figure, it has that name.
/// </summary>
internal sealed class ServerMetrics
{
    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();
    private readonly Gauge _objects;
    private readonly Gauge _resources;
    private readonly Gauge _watchers;
    private readonly Gauge _revision;

    public ServerMetrics(string version)
    {
        var factory = Factory = Prometheus.Metrics.WithCustomRegistry(_registry);
        factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();   // the text format has no room for them
        Requests = new RequestMetrics(factory);
        Authentication = new AuthenticationMetrics(factory);
        Authorization = new AuthorizationMetrics(factory);
        Audit = new AuditMetrics(factory);
        Watches = new WatchMetrics(factory);
        Admission = new AdmissionMetrics(factory);
        Aggregation = new AggregationMetrics(factory);
        Store = new StoreMetrics(factory);
        Conversions = new ConversionMetrics(factory);
        Webhooks = new AdmissionWebhookMetrics(factory);
        FlowControl = new FlowControlMetrics(factory);
        Clients = new ClientMetrics(factory);
        _objects = factory.CreateGauge("apiserver_storage_objects", "Stored objects by resource.", ["resource"]);
        _resources = factory.CreateGauge("apiserver_resource_objects", "Stored objects by resource.", ["group", "resource"]);
        _watchers = factory.CreateGauge("apiserver_registered_watchers", "Open watches by resource.", ["group", "resource"]);
        _revision = factory.CreateGauge("slipway_store_revision", "Revision up to which the caches hold every change.");
        factory.CreateGauge("kubernetes_build_info", "Always 1; the labels say what is served.", ["major", "minor", "git_version"])
            .WithLabels(VersionDocument.Major, VersionDocument.Minor, version).Set(1);
        ProcessMetrics.Register(factory, _registry);
    }

    /// <summary>Makes metrics that are told with these.</summary>
    public IMetricFactory Factory { get; }

    public RequestMetrics Requests { get; }

    public AuthenticationMetrics Authentication { get; }

    public AuthorizationMetrics Authorization { get; }

    public AuditMetrics Audit { get; }

    public WatchMetrics Watches { get; }

    public AdmissionMetrics Admission { get; }

    public AggregationMetrics Aggregation { get; }

    public StoreMetrics Store { get; }

    public ConversionMetrics Conversions { get; }

    public AdmissionWebhookMetrics Webhooks { get; }

    public FlowControlMetrics FlowControl { get; }

    public ClientMetrics Clients { get; }

    /// <summary>What brings figures up to date before they are read.</summary>
    public void BeforeRead(Action measure) => _registry.AddBeforeCollectCallback(measure);

    /// <summary>The same for what takes a while.</summary>
    public void BeforeRead(Func<CancellationToken, Task> measure) => _registry.AddBeforeCollectCallback(measure);

    /// <summary>The figures of now.</summary>
    public async ValueTask<Reply> ReadAsync(ResourceCatalog catalog, CacheFeed feed, CancellationToken cancellation)
    {
        foreach (var resource in catalog.Resources)
        {
            _objects.WithLabels(resource.Type.GroupResource).Set(resource.Cache.Objects.Count);
            _resources.WithLabels(resource.Type.Group, resource.Type.Plural).Set(resource.Cache.Objects.Count);
            _watchers.WithLabels(resource.Type.Group, resource.Type.Plural).Set(resource.Cache.WatcherCount);
        }
        ForgetAllBut(catalog.Resources);
        _revision.Set(feed.Revision);
        using var text = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(text, cancellation);
        return new Reply { ContentType = "text/plain; version=0.0.4; charset=utf-8", Body = text.ToArray() };
    }

    // Of a definition that is deleted nothing is left to tell.
    private void ForgetAllBut(IReadOnlyList<ServedResource> resources)
    {
        HashSet<(string, string)> served = [.. resources.Select(resource => (resource.Type.Group, resource.Type.Plural))];
        HashSet<string> names = [.. resources.Select(resource => resource.Type.GroupResource)];
        foreach (var labels in _objects.GetAllLabelValues())
            if (!names.Contains(labels[0])) _objects.RemoveLabelled(labels);
        _resources.ForgetAllBut(served);
        _watchers.ForgetAllBut(served);
        Requests.ForgetAllBut(served);
        Watches.ForgetAllBut(served);
        Store.ForgetAllBut(served);
    }
}

/// <summary>What every Prometheus client tells of its process.</summary>
internal static class ProcessMetrics
{
    public static void Register(IMetricFactory factory, CollectorRegistry registry)
    {
        var cpu = factory.CreateCounter("process_cpu_seconds_total", "Processor time that the process has taken, in seconds.");
        var resident = factory.CreateGauge("process_resident_memory_bytes", "Memory of the process that is in RAM, in bytes.");
        var virtualMemory = factory.CreateGauge("process_virtual_memory_bytes", "Address space of the process, in bytes.");
        var files = factory.CreateGauge("process_open_fds", "Open file descriptors.");
        var threads = factory.CreateGauge("process_num_threads", "Threads of the process.");
        var started = factory.CreateGauge("process_start_time_seconds", "When the process started, in seconds since 1970.");
        registry.AddBeforeCollectCallback(() =>
        {
            using var process = Process.GetCurrentProcess();
            cpu.IncTo(process.TotalProcessorTime.TotalSeconds);
            resident.Set(process.WorkingSet64);
            virtualMemory.Set(process.VirtualMemorySize64);
            threads.Set(process.Threads.Count);
            started.Set(new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
            files.Set(Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        });
    }
}
