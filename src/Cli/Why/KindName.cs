using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why;

/// <summary>A kind in whatever version it is served; for what is known by its resource alone, such as <c>configmaps</c>, that name.</summary>
internal readonly record struct KindName(string Group, string Kind)
{
    public static readonly KindName Pod = new("", "Pod");
    public static readonly KindName Node = new("", "Node");
    public static readonly KindName Namespace = new("", "Namespace");
    public static readonly KindName Service = new("", "Service");
    public static readonly KindName ServiceAccount = new("", "ServiceAccount");
    public static readonly KindName ConfigMap = new("", "ConfigMap");
    public static readonly KindName Secret = new("", "Secret");
    public static readonly KindName Claim = new("", "PersistentVolumeClaim");
    public static readonly KindName Volume = new("", "PersistentVolume");
    public static readonly KindName Quota = new("", "ResourceQuota");
    public static readonly KindName ReplicationController = new("", "ReplicationController");
    public static readonly KindName Deployment = new("apps", "Deployment");
    public static readonly KindName ReplicaSet = new("apps", "ReplicaSet");
    public static readonly KindName StatefulSet = new("apps", "StatefulSet");
    public static readonly KindName DaemonSet = new("apps", "DaemonSet");
    public static readonly KindName Job = new("batch", "Job");
    public static readonly KindName CronJob = new("batch", "CronJob");
    public static readonly KindName EndpointSlice = new("discovery.k8s.io", "EndpointSlice");
    public static readonly KindName StorageClass = new("storage.k8s.io", "StorageClass");
    public static readonly KindName Ingress = new("networking.k8s.io", "Ingress");
    public static readonly KindName IngressClass = new("networking.k8s.io", "IngressClass");
    public static readonly KindName NetworkPolicy = new("networking.k8s.io", "NetworkPolicy");
    public static readonly KindName DeviceClaim = new("resource.k8s.io", "ResourceClaim");
    public static readonly KindName DeviceClaimTemplate = new("resource.k8s.io", "ResourceClaimTemplate");
    public static readonly KindName DeviceClass = new("resource.k8s.io", "DeviceClass");
    public static readonly KindName Autoscaler = new("autoscaling", "HorizontalPodAutoscaler");
    public static readonly KindName Budget = new("policy", "PodDisruptionBudget");
    public static readonly KindName Definition = new("apiextensions.k8s.io", "CustomResourceDefinition");
    public static readonly KindName ApiService = new("apiregistration.k8s.io", "APIService");
    public static readonly KindName PodMetrics = new("metrics.k8s.io", "PodMetrics");
    public static readonly KindName Flow = new("slipway.dev", "Flow");
    public static readonly KindName FlowRun = new("slipway.dev", "FlowRun");

    /// <summary>The kind of a document.</summary>
    public static KindName Of(JsonObject document) => Of(document.ApiVersion, document.Kind);

    /// <summary>The kind that a reference names.</summary>
    public static KindName Of(string? apiVersion, string? kind) => new(ResourceType.GroupOf(apiVersion ?? ""), kind ?? "");
}
