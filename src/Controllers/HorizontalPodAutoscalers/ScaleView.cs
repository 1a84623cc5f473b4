using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>The <c>scale</c> of something (autoscaling/v1).</summary>
/// <param name="Document">The document, as it was read.</param>
/// <param name="Path">Where it is.</param>
internal sealed record ScaleView(JsonObject Document, string Path)
{
    /// <summary>The replicas that are asked for.</summary>
    public int Desired => (int)(Document.Object("spec")?.Integer("replicas") ?? 0);

    /// <summary>The replicas that there are.</summary>
    public int Current => (int)(Document.Object("status")?.Integer("replicas") ?? 0);

    /// <summary>Which pods are its own, in the grammar of requests; empty when it does not say.</summary>
    public string Selector => Document.Object("status")?.Text("selector") ?? "";

    /// <summary>Why its pods cannot be found, for an event and for a condition; null when they can.</summary>
    public (string Reason, string Event, string Condition)? SelectorProblem
    {
        get
        {
            if (Selector.Length == 0)
                return ("SelectorRequired", "selector is required", "the HPA target's scale is missing a selector");
            try
            {
                LabelSelector.Parse(Selector);
                return null;
            }
            catch (ApiException e)
            {
                var message = $"couldn't convert selector into a corresponding internal selector object: {e.Message}";
                return ("InvalidSelector", message, message);
            }
        }
    }

    /// <summary>The document that asks for other replicas, if nothing has changed meanwhile.</summary>
    public JsonObject With(int replicas)
    {
        var changed = (JsonObject)Document.DeepClone();
        changed.ObjectOrNew("spec")["replicas"] = replicas;
        return changed;
    }
}
