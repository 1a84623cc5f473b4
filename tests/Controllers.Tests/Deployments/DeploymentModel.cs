using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Controllers.Tests.Deployments;

/// <summary>
/// A Deployment, its sets and their pods without an API: the plans act on it, are stopped at any line, and read
/// statuses that are behind.
/// </summary>
internal sealed class DeploymentModel(Random random)
{
    private readonly Dictionary<string, ReplicaSetView> _sets = [];
    private readonly Dictionary<string, List<PodView>> _pods = [];
    private int _made;

    public JsonObject Document { get; } = JsonNode.Parse("""
        {"metadata":{"name":"d","uid":"d","namespace":"default","generation":1,"annotations":{}},
         "spec":{"replicas":5,"revisionHistoryLimit":2,"progressDeadlineSeconds":600,"template":{"metadata":{"labels":{"app":"x"}},"v":0},
                 "strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1,"maxUnavailable":1}}}}
        """)!.AsObject();

    public DateTime Now { get; private set; } = Workloads.Make.Now;

    public JsonObject Spec => Document["spec"]!.AsObject();

    public DeploymentView Deployment => Workloads.Make.Read(Kinds.Deployments, Document.ToJsonString());

    public IEnumerable<PodView> Pods => _pods.Values.SelectMany(pods => pods);

    public int Alive => Pods.Count(pod => !pod.IsBeingDeleted);

    public int Available => Pods.Count(pod => pod.IsReady && !pod.IsBeingDeleted);

    public IReadOnlyCollection<ReplicaSetView> Sets => _sets.Values;

    /// <summary>The Deployment's controller acts, and may be stopped between any two writes.</summary>
    public void Roll()
    {
        Now = Now.AddSeconds(1);
        var plan = DeploymentPlan.For(Deployment, _sets.Values, set => _pods[set.Metadata.Uid], Now);
        if (plan.Create is { } create && Goes())
            Add(create);
        foreach (var change in plan.Changes)
            if (Goes())
                Patch(change.Set, change.Patch);
        foreach (var set in plan.Delete)
            if (Goes())
            {
                _sets.Remove(set.Metadata.Uid);
                Assert.DoesNotContain(_pods[set.Metadata.Uid], pod => pod.IsActive);
                _pods.Remove(set.Metadata.Uid);
            }
        if (Goes())
            Document["status"] = Kinds.Deployments.ToDocument(Deployment with { Status = plan.Status })["status"]?.DeepClone();

        bool Goes() => random.Next(20) > 0;
    }

    /// <summary>A set's controller acts.</summary>
    public void Fill(ReplicaSetView set)
    {
        var pods = _pods[set.Metadata.Uid];
        var plan = ReplicaSetPlan.For(set, pods, Pods, Now);
        for (var i = 0; i < plan.Create && random.Next(20) > 0; i++)
            pods.Add(Workloads.Make.Pod($"p{_made++}"));
        foreach (var pod in plan.Delete)
            pod.Metadata.DeletionTimestamp = Now;
        if (random.Next(3) > 0)
            _sets[set.Metadata.Uid] = set with { Status = plan.Status };
    }

    /// <summary>The node acts on a pod.</summary>
    public void Live(PodView pod)
    {
        if (pod.IsBeingDeleted)
            foreach (var pods in _pods.Values)
                pods.Remove(pod);
        else if (!pod.HasEnded)
            pod.Status = new() { Phase = "Running", Conditions = [new() { Type = "Ready", Status = "True", LastTransitionTime = Now }] };
    }

    /// <summary>All act until nothing changes.</summary>
    public void Settle()
    {
        for (var i = 0; i < 120; i++)
        {
            Roll();
            foreach (var set in _sets.Values.ToList())
                Fill(set);
            foreach (var pod in Pods.ToList())
                Live(pod);
        }
    }

    private void Add(JsonObject document)
    {
        var created = (JsonObject)document.DeepClone();
        var metadata = created["metadata"]!.AsObject();
        var uid = (string)metadata["name"]!;
        Assert.False(_sets.ContainsKey(uid));
        metadata["uid"] = uid;
        metadata["resourceVersion"] = "1";
        metadata["generation"] = 1;
        metadata["creationTimestamp"] = Now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        _sets[uid] = Workloads.Make.Read(Kinds.ReplicaSets, created.ToJsonString());
        _pods[uid] = [];
    }

    private void Patch(ReplicaSetView set, JsonObject patch)
    {
        var document = Kinds.ReplicaSets.ToDocument(set);
        foreach (var (key, value) in patch["metadata"]?["annotations"] as JsonObject ?? [])
            PodDocument.Map(document["metadata"]!.AsObject(), "annotations")[key] = value?.DeepClone();
        foreach (var (key, value) in patch["spec"] as JsonObject ?? [])
            document["spec"]![key] = value?.DeepClone();
        document["metadata"]!["generation"] = (set.Metadata.Generation ?? 0) + 1;
        _sets[set.Metadata.Uid] = Workloads.Make.Read(Kinds.ReplicaSets, document.ToJsonString());
    }
}
