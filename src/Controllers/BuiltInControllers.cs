using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Kubernetes' own controllers, run as <c>system:kube-controller-manager</c>.</summary>
public static class BuiltInControllers
{
    /// <summary>Adds all of them to a host.</summary>
    /// <param name="host">The host, whose API is bound to <c>system:kube-controller-manager</c>.</param>
    /// <param name="rootCertificate">Certificate of the cluster's authority, PEM, put into each namespace; none when null.</param>
    /// <param name="signer">Signs certificates with that authority's key; without one, requests for certificates stay unsigned.</param>
    public static void Register(ControllerHost host, string? rootCertificate = null, CertificateSigner? signer = null)
    {
        var monitors = GarbageCollector.Register(host);
        QuotaController.Register(host, monitors);
        NamespaceController.Register(host);
        NamespaceDefaultsController.Register(host, rootCertificate);
        JobController.Register(host);
        CronJobController.Register(host);
        ReplicaSetController.Register(host);
        DeploymentController.Register(host);
        DaemonSetController.Register(host);
        StatefulSetController.Register(host);
        ClaimBinder.Register(host);
        VolumeBinder.Register(host);
        ClaimProtection.Register(host);
        EphemeralClaims.Register(host);
        VolumeProtection.Register(host);
        DeviceClaimCreation.Register(host);
        DeviceClaimRelease.Register(host);
        DeviceTaintEviction.Register(host);
        DisruptionController.Register(host);
        StaleDisruptions.Register(host);
        AutoscalerController.Register(host);
        NodeLifecycleController.Register(host);
        TaintEviction.Register(host);
        LostPods.Register(host);
        TerminatedPods.Register(host);
        ClusterRoleAggregationController.Register(host);
        StorageVersionMigrationController.Register(host);
        CertificateController.Register(host, signer);
        ServiceAddresses.Register(host);
        ServiceRanges.Register(host);
        var endpoints = new EndpointSources(host);
        EndpointSliceController.Register(host, endpoints);
        EndpointsController.Register(host, endpoints);
        MirrorController.Register(host, endpoints);
    }
}
