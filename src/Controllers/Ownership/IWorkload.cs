using k8s;
using k8s.Models;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>An object that controls others, which it selects by their labels.</summary>
internal interface IWorkload : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>What it selects; nothing when null.</summary>
    LabelSelector? Selector { get; }
}
