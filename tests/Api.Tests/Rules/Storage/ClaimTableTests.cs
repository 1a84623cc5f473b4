namespace Slipway.Api.Tests.Rules.Storage;

/// <summary>Claims of volumes, with what Kubernetes' own validation says of them.</summary>
public sealed class ClaimTableTests
{
    private static readonly RuleTable Table = new("", "PersistentVolumeClaim", "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 10G}}}");

    [Theory]
    [InlineData("", "")]
    [InlineData("metadata: {name: '!@#$'}", "metadata.name: Invalid value: \"!@#$\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {accessModes: []}", "spec.accessModes: Required value: at least 1 access mode is required")]
    [InlineData("spec: {accessModes: [fakemode]}", "spec.accessModes: Unsupported value: \"fakemode\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"")]
    [InlineData("spec: {accessModes: [ReadWriteOncePod]}", "")]
    [InlineData("spec: {accessModes: [ReadWriteOncePod, ReadWriteMany]}", "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes")]
    [InlineData("spec: {resources: null}", "spec.resources[storage]: Required value")]
    [InlineData("spec: {resources: {requests: {storage: 0G}}}", "spec.resources[storage]: Invalid value: \"0\": must be greater than zero")]
    [InlineData("spec: {resources: {requests: {storage: -10G}}}", "spec.resources[storage]: Invalid value: \"-10G\": must be greater than zero")]
    [InlineData("spec: {storageClassName: '-bad'}", "spec.storageClassName: Invalid value: \"-bad\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {storageClassName: ''}", "")]
    [InlineData("spec: {volumeMode: fakeVolumeMode}", "spec.volumeMode: Unsupported value: \"fakeVolumeMode\": supported values: \"Block\", \"Filesystem\"")]
    [InlineData("spec: {volumeAttributesClassName: 'bad/name'}", "spec.volumeAttributesClassName: Invalid value: \"bad/name\": a lowercase RFC 1123 subdomain")]
    [InlineData("spec: {selector: {matchExpressions: [{key: key2, operator: InvalidOp, values: [v]}]}}", "spec.selector.matchExpressions[0].operator: Invalid value: \"InvalidOp\": not a valid selector operator")]
    [InlineData("spec: {selector: {matchExpressions: [{key: k, operator: In}]}}", "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'")]
    [InlineData("spec: {selector: {matchExpressions: [{key: k, operator: Exists, values: [v]}]}}", "spec.selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    [InlineData("spec: {selector: {matchLabels: {a: -b}}}", "spec.selector.matchLabels: Invalid value: \"-b\": a valid label must be")]
    [InlineData("spec: {dataSource: {kind: PersistentVolumeClaim, name: a}}", "")]
    [InlineData("spec: {dataSource: {kind: PersistentVolumeClaim}}", "spec.dataSource.name: Required value\nspec.dataSourceRef.name: Required value")]
    [InlineData("spec: {dataSource: {kind: Pod, name: a}}", "spec.dataSource: Invalid value: \"Pod\": must be 'PersistentVolumeClaim' when referencing the default apiGroup\nspec.dataSourceRef: Invalid value: \"Pod\": must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
    [InlineData("spec: {dataSource: {apiGroup: storage.k8s.io, kind: VolumeSnapshot, name: a}}", "")]
    [InlineData("spec: {dataSource: {kind: PersistentVolumeClaim, name: a}, dataSourceRef: {kind: PersistentVolumeClaim, name: b}}", "spec: Invalid value: \"spec.dataSource\": must match dataSourceRef")]
    [InlineData("spec: {dataSourceRef: {apiGroup: a.b, kind: K, name: n, namespace: Upper}}", "spec.dataSourceRef.namespace: Invalid value: \"Upper\": a lowercase RFC 1123 label")]
    public void Creation(string change, string expected) => Table.Check(change, expected);

    [Theory]
    [InlineData("", "spec: {volumeName: volume}", "")]
    [InlineData("spec: {volumeName: volume}", "spec: {volumeName: other}", "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims")]
    [InlineData("", "spec: {accessModes: [ReadWriteMany]}", "spec: Forbidden: spec is immutable after creation except")]
    [InlineData("", "spec: {storageClassName: fast}", "")]
    [InlineData("spec: {storageClassName: slow}", "spec: {storageClassName: fast}", "spec: Forbidden: spec is immutable after creation except")]
    [InlineData("spec: {volumeMode: Block}", "spec: {volumeMode: Filesystem}", "spec: Forbidden: spec is immutable after creation except\nvolumeMode: Invalid value: \"Filesystem\": field is immutable")]
    [InlineData("status: {phase: Bound, capacity: {storage: 10G}}", "spec: {resources: {requests: {storage: 12G}}}", "")]
    [InlineData("status: {phase: Pending}", "spec: {resources: {requests: {storage: 12G}}}", "spec: Forbidden: spec is immutable after creation except")]
    [InlineData("status: {phase: Bound, capacity: {storage: 10G}}", "spec: {resources: {requests: {storage: 9G}}}", "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity")]
    [InlineData("status: {phase: Bound, capacity: {storage: 8G}}", "spec: {resources: {requests: {storage: 9G}}}", "")]
    [InlineData("metadata: {annotations: {volume.beta.kubernetes.io/storage-class: a}}", "metadata: {annotations: {volume.beta.kubernetes.io/storage-class: b}}", "metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: \"b\": field is immutable")]
    public void Update(string before, string after, string expected) => Table.CheckUpdate(before, after, expected);

    [Theory]
    [InlineData("metadata: {annotations: {volume.beta.kubernetes.io/storage-class: a}}", "metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use \"storageClassName\" attribute instead")]
    [InlineData("spec: {resources: {requests: {storage: 100m}}}", "spec.resources.requests[storage]: fractional byte value \"100m\" is invalid, must be an integer")]
    [InlineData("", "")]
    public void Warnings(string change, string expected) => Table.CheckWarnings(change, expected);

    [Theory]
    [InlineData("", "spec.volumeMode", "\"Filesystem\"")]
    [InlineData("spec: {volumeMode: Block}", "spec.volumeMode", "\"Block\"")]
    public void Defaults(string change, string path, string json) => Table.CheckDefault(change, path, json);
}
