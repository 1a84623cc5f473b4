using System.Text.Json.Nodes;
using Slipway.Api.Volumes;

namespace Slipway.ApiServer.Admission.Defaults;

/// <summary>The storage class that every cluster has: directories of the nodes.</summary>
internal static class LocalPathClass
{
    /// <summary>Where storage classes are created.</summary>
    public const string Collection = "/apis/storage.k8s.io/v1/storageclasses";

    /// <summary>The class, created at each start if it is missing; one that was changed stays as it is.</summary>
    public static JsonObject Document => new()
    {
        ["apiVersion"] = "storage.k8s.io/v1",
        ["kind"] = "StorageClass",
        ["metadata"] = new JsonObject
        {
            ["name"] = LocalPath.Class,
            ["annotations"] = new JsonObject { ["storageclass.kubernetes.io/is-default-class"] = "true" },
        },
        ["provisioner"] = LocalPath.Provisioner,
        ["reclaimPolicy"] = "Delete",
        ["volumeBindingMode"] = "WaitForFirstConsumer",
        ["allowVolumeExpansion"] = true,
    };
}
