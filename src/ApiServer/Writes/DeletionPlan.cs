using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.CustomResources;

namespace Slipway.ApiServer.Writes;

/// <summary>What a deletion does to an object.</summary>
/// <param name="Remove">Whether it goes at once.</param>
/// <param name="Document">Otherwise the document that marks it; null when it is marked so already.</param>
internal readonly record struct DeletionPlan(bool Remove, JsonObject? Document)
{
    private const string OrphanFinalizer = "orphan";
    private const string ForegroundFinalizer = "foregroundDeletion";
    private const long DefaultGraceSeconds = 30;

    /// <summary>Decides; <paramref name="current"/> is not changed.</summary>
    public static DeletionPlan For(JsonObject current, DeleteOptions options, KindPolicy kind, DateTimeOffset now)
    {
        var document = (JsonObject)current.DeepClone();
        document.Finalizers = FinalizersFor(document, options, kind);
        var isPod = document is { ApiVersion: "v1", Kind: "Pod" };
        if (isPod) MarkPod(document, options, now);
        else if (!document.IsBeingDeleted) Mark(document, now, 0);
        if (document is { ApiVersion: "v1", Kind: "Namespace" }) document.ObjectOrNew("status")["phase"] = "Terminating";
        if (document is { ApiVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinition" } && !current.IsBeingDeleted) MarkDefinition(document, now);

        if (Update.IsReleased(document)) return new(true, null);
        if (JsonNode.DeepEquals(current, document)) return new(false, null);
        if (!current.IsBeingDeleted && document.Generation > 0) document.Generation++;
        return new(false, document);
    }

    // Its objects go first, even if somebody has taken the finalizer off that sees to it.
    private static void MarkDefinition(JsonObject definition, DateTimeOffset now)
    {
        definition.Finalizers = [.. definition.Finalizers.Union([DefinitionCleanup.Finalizer])];
        DefinitionStatus.SetCondition(definition, DefinitionStatus.Terminating, true,
            "InstanceDeletionPending", "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", now);
    }

    private static IReadOnlyList<string> FinalizersFor(JsonObject document, DeleteOptions options, KindPolicy kind)
    {
        var held = document.Finalizers;
        var policy = options.Propagation
            ?? (held.Contains(OrphanFinalizer) ? "Orphan" : held.Contains(ForegroundFinalizer) ? "Foreground" : kind.Orphans ? "Orphan" : "Background");
        if (kind.HasNoDependents) policy = "Background";
        var others = held.Where(f => f is not (OrphanFinalizer or ForegroundFinalizer));
        return policy switch
        {
            "Orphan" => [.. others, OrphanFinalizer],
            "Foreground" => [.. others, ForegroundFinalizer],
            _ => [.. others],
        };
    }

    private static void MarkPod(JsonObject pod, DeleteOptions options, DateTimeOffset now)
    {
        var grace = options.GraceSeconds ?? pod.Object("spec")?.Integer("terminationGracePeriodSeconds") ?? DefaultGraceSeconds;
        var isScheduled = pod.Object("spec")?.Text("nodeName") is { Length: > 0 };
        var hasEnded = pod.Object("status")?.Text("phase") is "Succeeded" or "Failed";
        if (!isScheduled || hasEnded) grace = 0;
        if (grace < 0) grace = 1;

        if (!pod.IsBeingDeleted)
        {
            Mark(pod, now, grace);
        }
        else if (pod.DeletionGracePeriodSeconds is { } running && grace < running)
        {
            // The time already given stays; it can only become shorter.
            var began = (pod.DeletionTimestamp ?? now).AddSeconds(-running);
            pod.DeletionTimestamp = began.AddSeconds(grace);
            pod.DeletionGracePeriodSeconds = grace;
        }
    }

    private static void Mark(JsonObject document, DateTimeOffset now, long grace)
    {
        document.DeletionTimestamp = now.AddSeconds(grace);
        document.DeletionGracePeriodSeconds = grace;
    }
}
