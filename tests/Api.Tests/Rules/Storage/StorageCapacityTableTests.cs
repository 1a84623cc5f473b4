namespace Slipway.Api.Tests.Rules.Storage;

/// <summary>What drivers say of their room, with what Kubernetes' own validation says of it.</summary>
public sealed class StorageCapacityTableTests
{
    private static readonly RuleTable Capacities = new("storage.k8s.io", "CSIStorageCapacity", "storageClassName: fast\ncapacity: 10Gi\nnodeTopology: {matchLabels: {zone: a}}");

    [Theory]
    [InlineData("", "")]
    [InlineData("capacity: null", "")]
    [InlineData("capacity: '-1'", "capacity: Invalid value: \"-1\": must be greater than or equal to 0")]
    [InlineData("storageClassName: null", "storageClassName: Invalid value: \"\": a lowercase RFC 1123 subdomain")]
    [InlineData("storageClassName: Bad_", "storageClassName: Invalid value: \"Bad_\": a lowercase RFC 1123 subdomain")]
    [InlineData("nodeTopology: {matchLabels: {zone: a b}}", "nodeTopology.matchLabels: Invalid value: \"a b\": a valid label must be")]
    [InlineData("nodeTopology: {matchExpressions: [{key: k, operator: In}]}", "nodeTopology.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'")]
    public void OfCapacities(string change, string expected) => Capacities.Check(change, expected);

    [Theory]
    [InlineData("capacity: 1Gi", "")]
    [InlineData("storageClassName: slow", "storageClassName: Invalid value: \"slow\": field is immutable")]
    [InlineData("nodeTopology: null", "nodeTopology: Invalid value: null: field is immutable")]
    public void WhatWasAskedStays(string change, string expected) => Capacities.CheckUpdate("", change, expected);
}
