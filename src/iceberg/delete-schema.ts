/** Reserved field ids of position delete files (spec: Reserved Field IDs). */
export const DELETE_PATH_ID = 2147483546;
export const DELETE_POSITION_ID = 2147483545;
