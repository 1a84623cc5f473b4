using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Which flow a run is of.</summary>
internal static class FlowOfRun
{
    extension(FlowRun run)
    {
        /// <summary>Namespace and name of the flow that the run is of, which may be gone.</summary>
        public ObjectKey FlowKey => new(run.Metadata.NamespaceProperty, run.Spec.Flow);
    }

    /// <summary>The runs of each flow, by its key as text.</summary>
    public static InformerIndex<FlowRun> Index(Informer<FlowRun> runs) => runs.SharedIndex("flow", static run => [run.FlowKey.ToString()]);
}
