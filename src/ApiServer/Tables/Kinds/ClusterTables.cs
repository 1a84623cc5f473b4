using System.Text.Json;
using static Slipway.ApiServer.Tables.Column;

namespace Slipway.ApiServer.Tables.Kinds;

/// <summary>Tables of what the cluster itself is made of: extensions, certificates, leases, classes, devices.</summary>
internal static class ClusterTables
{
    public static Dictionary<(string, string), IReadOnlyList<Column>> All { get; } = new()
    {
        [("apiextensions.k8s.io", "CustomResourceDefinition")] = [ObjectName, CreatedAt],
        [("apiregistration.k8s.io", "APIService")] =
        [
            ObjectName, Of("Service", ServiceOf) with { Description = "The reference to the service that hosts this API endpoint." },
            Of("Available", Availability) with { Description = "Whether this service is available." }, Age,
        ],
        [("certificates.k8s.io", "CertificateSigningRequest")] =
        [
            ObjectName, Age, Text("SignerName", "spec.signerName", "<none>"), Text("Requestor", "spec.username") with { Field = "spec.request" },
            Of("RequestedDuration", r => r.Has("spec", "expirationSeconds") ? Ages.Format(TimeSpan.FromSeconds(r.Integer("spec", "expirationSeconds"))) : "<none>")
                with { Field = "spec.expirationSeconds" },
            Of("Condition", CertificateState) with { Field = "status.conditions" },
        ],
        [("certificates.k8s.io", "ClusterTrustBundle")] = [ObjectName, Text("SignerName", "spec.signerName", "<none>")],
        [("coordination.k8s.io", "Lease")] = [ObjectName, Text("Holder", "spec.holderIdentity"), Age],
        [("node.k8s.io", "RuntimeClass")] = [ObjectName, Text("Handler", "handler"), Age],
        [("resource.k8s.io", "DeviceClass")] = [ObjectName, Age],
        [("resource.k8s.io", "ResourceClaim")] =
        [
            ObjectName, Of("State", ClaimState) with { Description = "A summary of the current state (allocated, pending, reserved, etc.)." }, Age,
        ],
        [("resource.k8s.io", "ResourceClaimTemplate")] = [ObjectName, Age],
        [("resource.k8s.io", "ResourceSlice")] =
        [
            ObjectName, Text("Node", "spec.nodeName"), Text("Driver", "spec.driver"), Text("Pool", "spec.pool.name"), Age,
        ],
        [("scheduling.k8s.io", "PriorityClass")] =
        [
            ObjectName, Integer("Value", "value"), Flag("Global-Default", "globalDefault"), Age, Text("PreemptionPolicy", "preemptionPolicy"),
        ],
        [("storagemigration.k8s.io", "StorageVersionMigration")] =
        [
            ObjectName with { Format = "" },
            Of("Resource", m => $"{m.Text("spec", "resource", "resource")}.{m.Text("spec", "resource", "group")}") with { Description = "Fully qualified resource to migrate" },
        ],
    };

    private static string ServiceOf(JsonElement apiService) => apiService.Has("spec", "service")
        ? $"{apiService.Text("spec", "service", "namespace")}/{apiService.Text("spec", "service", "name")}"
        : "Local";

    private static string Availability(JsonElement apiService)
    {
        var condition = apiService.Items("status", "conditions").FirstOrDefault(c => c.Text("type") == "Available");
        return condition.Text("status") switch
        {
            null => "",
            "True" => "True",
            var status => $"{status} ({condition.Text("reason")})",
        };
    }

    private static string CertificateState(JsonElement request)
    {
        var conditions = request.Items("status", "conditions").Select(c => c.Text("type")).ToHashSet();
        var state = conditions.Contains("Denied") ? "Denied" : conditions.Contains("Approved") ? "Approved" : "Pending";
        if (conditions.Contains("Failed")) state += ",Failed";
        return request.Text("status", "certificate") is { Length: > 0 } ? state + ",Issued" : state;
    }

    private static string ClaimState(JsonElement claim)
    {
        var states = new List<string>();
        var isDeleted = claim.Has("metadata", "deletionTimestamp");
        if (isDeleted) states.Add("deleted");
        if (claim.Has("status", "allocation"))
        {
            states.Add("allocated");
            if (claim.Count("status", "reservedFor") > 0) states.Add("reserved");
        }
        else if (!isDeleted)
        {
            states.Add("pending");
        }
        return CellTexts.Joined(states);
    }
}
