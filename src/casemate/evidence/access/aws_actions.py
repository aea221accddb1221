"""Actions of AWS that read content, change it, or give rights, by service. Listing and describing are none of them.

Source: AWS service authorization reference. A service that is not here is a doubt.
"""

from __future__ import annotations

IDENTITIES = "arn:aws:iam::*"
GIVE = (
    "PutUserPolicy", "PutGroupPolicy", "PutRolePolicy", "AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy",
    "CreatePolicyVersion", "SetDefaultPolicyVersion", "AddUserToGroup", "UpdateAssumeRolePolicy",
)  # fmt: skip
"""Actions on identities by which whoever may do them gives every right, to themselves too."""

ACTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "s3": {
        "read": ("GetObject", "GetObjectVersion"),
        "write": ("PutObject", "DeleteObject", "DeleteObjectVersion", "RestoreObject", "ReplicateObject"),
        "grant": ("PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl", "PutObjectAcl", "PutAccessPointPolicy"),
    },
    "ecr": {
        "read": ("BatchGetImage", "GetDownloadUrlForLayer"),
        "write": ("PutImage", "CompleteLayerUpload", "UploadLayerPart", "BatchDeleteImage", "DeleteRepository"),
        "grant": ("SetRepositoryPolicy",),
    },
    "dynamodb": {
        "read": ("GetItem", "BatchGetItem", "Query", "Scan", "PartiQLSelect"),
        "write": ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLInsert", "PartiQLUpdate"),
        "grant": ("PutResourcePolicy",),
    },
    "secretsmanager": {
        "read": ("GetSecretValue", "BatchGetSecretValue"),
        "write": ("PutSecretValue", "UpdateSecret", "DeleteSecret", "RotateSecret"),
        "grant": ("PutResourcePolicy",),
    },
    "ssm": {"read": ("GetParameter", "GetParametersByPath"), "write": ("PutParameter", "DeleteParameter"), "grant": ()},
    "logs": {
        "read": ("GetLogEvents", "FilterLogEvents", "StartQuery"),
        "write": ("PutLogEvents", "DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy"),
        "grant": (),
    },
    "kinesis": {"read": ("GetRecords",), "write": ("PutRecord", "PutRecords"), "grant": ("PutResourcePolicy",)},
    "codecommit": {"read": ("GitPull",), "write": ("GitPush", "PutFile", "CreateCommit"), "grant": ()},
    "codeartifact": {
        "read": ("ReadFromRepository",),
        "write": ("PublishPackageVersion", "DeletePackageVersions", "PutPackageMetadata", "DeleteRepository"),
        "grant": ("PutRepositoryPermissionsPolicy", "PutDomainPermissionsPolicy"),
    },
    "sagemaker": {
        "read": ("DescribeModelPackage",),
        "write": ("CreateModelPackage", "UpdateModelPackage", "DeleteModelPackage", "DeleteModelPackageGroup"),
        "grant": ("PutModelPackageGroupPolicy",),
    },
}  # fmt: skip
