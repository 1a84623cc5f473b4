using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>
/// Runs controllers of one identity: their informers, one for each view of a resource whoever asks, and their workers.
/// </summary>
/// <param name="api">The API, bound to the identity of these controllers.</param>
/// <param name="clock">The clock of back-off and delays.</param>
/// <param name="logs">Where the loops report.</param>
/// <param name="metrics">What counts the keys in the controllers' queues; null for nothing.</param>
public sealed class ControllerHost(IApi api, TimeProvider clock, ILoggerFactory logs, WorkQueueMetrics? metrics = null)
{
    /// <summary>As many objects in work at the same time as there are: where work waits for others, and one that waits is to hold up no other.</summary>
    public const int Unbounded = int.MaxValue;

    private readonly Dictionary<(string Group, string Plural, Type View, InformerOptions Options), IInformer> _informers = [];
    private readonly List<ControllerBuilder> _controllers = [];
    private readonly List<Func<CancellationToken, Task>> _loops = [];

    /// <summary>The API, bound to the identity of these controllers.</summary>
    public IApi Api => api;

    /// <summary>The clock of back-off and delays.</summary>
    public TimeProvider Clock => clock;

    /// <summary>Where the loops report.</summary>
    public ILoggerFactory Logs => logs;

    /// <summary>The informer of a resource; the same one for all who ask with equal options and the same type.</summary>
    public Informer<T> Informer<T>(Resource<T> resource, InformerOptions? options = null) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        options ??= new();
        var key = (resource.Group, resource.Plural, typeof(T), options);
        if (_informers.GetValueOrDefault(key) is Informer<T> known)
            return known;
        var informer = new Informer<T>(api, resource, options, clock, logs.CreateLogger($"Slipway.Informer.{resource.Plural}"));
        _informers.Add(key, informer);
        return informer;
    }

    /// <summary>Adds a controller.</summary>
    /// <param name="name">Its name in logs.</param>
    /// <param name="reconciler">What it does.</param>
    /// <param name="workers">Objects in work at the same time, or <see cref="Unbounded"/>.</param>
    public ControllerBuilder Add(string name, IReconciler reconciler, int workers = 1)
    {
        var builder = new ControllerBuilder(name, reconciler, workers, clock, metrics?.Of(name), logs.CreateLogger($"Slipway.Controller.{name}"));
        _controllers.Add(builder);
        return builder;
    }

    /// <summary>Adds a loop that is not a controller; it runs until cancelled.</summary>
    public void AddLoop(Func<CancellationToken, Task> loop) => _loops.Add(loop);

    /// <summary>An event recorder that runs with this host.</summary>
    /// <param name="component">Who reports, such as <c>job-controller</c>.</param>
    public EventRecorder Events(string component)
    {
        var events = new EventRecorder(api, component, host: null, clock, logs.CreateLogger<EventRecorder>());
        AddLoop(events.RunAsync);
        return events;
    }

    /// <summary>Runs informers, loops and workers until cancelled, or until one of them fails, which ends all. Everything is registered before.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            var informers = _informers.Values.Select(informer => (Func<CancellationToken, Task>)informer.RunAsync);
            var controllers = _controllers.Select(controller => (Func<CancellationToken, Task>)controller.RunAsync);
            await Loops.RunAsync([.. informers, .. _loops, .. controllers], cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped before the caches were filled.
        }
        finally
        {
            foreach (var controller in _controllers)
                controller.Dispose();
        }
    }
}
